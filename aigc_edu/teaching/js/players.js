// The players: a button, the waveform as the bar that one seeks in, and behind a second button
// loop, speed and download. The sound itself stays in its audio element, untouched.
"use strict";
(() => {
  if (window.aigcPlayers) return window.aigcPlayers.start();

  const SPEEDS = [0.25, 0.5, 0.75, 1, 1.5, 2];
  const SHAPES = {
    play: "M6 4l14 8-14 8z",
    pause: "M6 4h4v16H6zM14 4h4v16h-4z",
    more: "M5 10a2 2 0 110 4 2 2 0 010-4zM12 10a2 2 0 110 4 2 2 0 010-4zM19 10a2 2 0 110 4 2 2 0 010-4z",
  };
  const SVG = "http://www.w3.org/2000/svg";

  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  const icon = () => {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    svg.append(document.createElementNS(SVG, "path"));
    return svg;
  };

  // Put a sign and a name on a button; the name says what a press will do.
  const sign = (button, shape, name) => {
    button.querySelector("path").setAttribute("d", SHAPES[shape]);
    button.setAttribute("aria-label", name);
    button.title = name;
  };

  const fileName = (name) => `${name.toLowerCase().replace(/[^\p{L}\p{N}.-]+/gu, "-").replace(/^-+|-+$/g, "") || "sound"}`;

  class Player {
    constructor(element) {
      this.element = element;
      this.audio = element.querySelector("audio");
      this.name = this.audio.getAttribute("aria-label") || "sound";
      this.seconds = Number(element.dataset.seconds);
      this.time = element.querySelector(".aigc-time");
      this.build();
      this.listen();
      this.show();
    }

    build() {
      const bar = this.element.querySelector(".aigc-bar");
      const wave = bar.querySelector(".aigc-wave");
      this.wave = wave;
      this.played = wave.querySelector("svg").cloneNode(true);
      this.played.classList.add("aigc-played");
      this.seek = make("input", { type: "range", min: 0, max: 100, step: 1, value: 0 });
      this.seek.setAttribute("aria-label", `Position in ${this.name}`);
      wave.append(this.played, this.seek);
      this.button = make("button", { type: "button", className: "aigc-play" }, icon());
      this.more = make("button", { type: "button", className: "aigc-more" }, icon());
      bar.replaceChildren(this.button, make("div", { className: "aigc-track" }, wave), this.more);
      this.element.append(this.options());
      this.audio.controls = false;
      this.audio.hidden = true;
    }

    options() {
      this.loop = make("input", { type: "checkbox" });
      this.speed = make("select", {}, ...SPEEDS.map((v) => new Option(`${v} ×`, v, v === 1, v === 1)));
      const ending = (this.audio.src.match(/^data:audio\/(\w+)|\.(\w+)$/) || []).slice(1).find(Boolean);
      const link = make("a", { href: this.audio.src, download: `${fileName(this.name)}.${ending || "wav"}` }, "Download");
      this.extra = make("div", { className: "aigc-extra", hidden: true },
        make("label", {}, this.loop, "Loop"), make("label", {}, "Speed", this.speed), link);
      return this.extra;
    }

    listen() {
      this.button.addEventListener("click", () => this.toggle());
      this.more.addEventListener("click", () => this.open(this.extra.hidden));
      this.element.addEventListener("keydown", (event) => {
        if (event.key === "Escape" && !this.extra.hidden) {
          this.open(false);
          this.more.focus();
        }
      });
      this.seek.addEventListener("input", () => this.moveTo(this.seek.value / 100));
      this.seek.addEventListener("keydown", (event) => {
        if (event.key !== " " && event.key !== "Enter") return;
        event.preventDefault();
        this.toggle();
      });
      this.loop.addEventListener("change", () => { this.audio.loop = this.loop.checked; });
      // As a tape does it: pitch follows speed, and no sample is made up.
      this.audio.preservesPitch = false;
      this.speed.addEventListener("change", () => {
        this.audio.defaultPlaybackRate = this.audio.playbackRate = Number(this.speed.value);
      });
      for (const event of ["play", "pause", "seeked", "timeupdate"]) {
        this.audio.addEventListener(event, () => this.show());
      }
      this.audio.addEventListener("ended", () => { this.audio.currentTime = 0; });
      this.audio.addEventListener("play", () => this.follow());
      this.audio.addEventListener("error", () => { this.fail(); });
    }

    get playing() {
      return !this.audio.paused;
    }

    toggle() {
      if (this.playing) this.audio.pause();
      else this.audio.play().catch((error) => { if (error.name !== "AbortError") this.fail(); });
    }

    open(wanted) {
      this.extra.hidden = !wanted;
      this.show();
    }

    moveTo(share) {
      this.goal = share * this.length();
      const go = () => {
        this.audio.currentTime = this.goal;
        this.show();
      };
      go();
      this.fetchWhole().then((fetched) => { if (fetched) go(); });
    }

    // Not every server sends parts of a file, and without them a browser can't seek: get it whole.
    async fetchWhole() {
      if (!/^https?:/.test(this.audio.src)) return false;
      const file = await fetch(this.audio.src).then((r) => (r.ok ? r.blob() : null), () => null);
      if (!file || !/^https?:/.test(this.audio.src)) return Boolean(file);
      const playing = this.playing;
      this.audio.src = URL.createObjectURL(file);
      if (playing) this.audio.play();
      return true;
    }

    length() {
      return Number.isFinite(this.audio.duration) ? this.audio.duration : this.seconds;
    }

    // Give the place back to the browser's own player, which says what is wrong.
    fail() {
      this.audio.controls = true;
      this.audio.hidden = false;
    }

    follow() {
      this.show();
      if (this.playing && this.element.isConnected) requestAnimationFrame(() => this.follow());
    }

    show() {
      const now = this.audio.currentTime, length = this.length(), share = Math.min(1, now / length);
      const said = `${now.toFixed(1)} of ${length.toFixed(1)} seconds`;
      if (document.activeElement !== this.seek || Math.abs(this.seek.value / 100 - share) >= 0.01) {
        this.seek.value = Math.round(100 * share);
      }
      if (this.seek.getAttribute("aria-valuetext") !== said) this.seek.setAttribute("aria-valuetext", said);
      this.wave.style.setProperty("--aigc-at", share);
      if (this.time) this.time.textContent = now ? `${now.toFixed(1)} / ${length.toFixed(1)} s` : `${length.toFixed(1)} s`;
      const state = `${this.playing}${!this.extra.hidden}`;
      if (state === this.state) return;
      this.state = state;
      sign(this.button, this.playing ? "pause" : "play", `${this.playing ? "Pause" : "Play"} ${this.name}`);
      sign(this.more, "more", `Loop, speed and download of ${this.name}`);
      this.more.setAttribute("aria-expanded", String(!this.extra.hidden));
    }
  }

  const alive = new WeakSet();
  const start = () => {
    for (const element of document.querySelectorAll(".aigc-clip")) {
      if (alive.has(element) || !element.querySelector("audio")) continue;
      alive.add(element);
      element.aigcPlayer = new Player(element);
    }
  };

  // One sound at a time, whoever plays it: other players, and the interactive figures.
  document.addEventListener("play", (event) => {
    for (const audio of document.querySelectorAll("audio")) {
      if (audio !== event.target) audio.pause();
    }
    if (window.aigcFigures) window.aigcFigures.sound.stop();
  }, true);
  document.addEventListener("click", (event) => {
    if (!event.target.closest(".aigc-sound button")) return;
    for (const audio of document.querySelectorAll("audio")) audio.pause();
  });

  window.aigcPlayers = { start };
  start();
  // What comes later: frames behind a slider, cells that are run.
  let waiting = 0;
  new MutationObserver(() => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(start);
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
