// The figures of a page: each is an element with controls, a canvas and a button.
const kinds = {}, alive = new Set();

class InteractiveFigure {
  constructor(element) {
    this.element = element;
    this.spec = JSON.parse(element.querySelector("script[type='application/json']").textContent);
    this.data = this.spec.data;
    if (this.data.word) this.data = { ...this.data, word: numbers.decode(this.data.word) };
    this.kind = kinds[element.dataset.aigcFigure];
    this.canvas = element.querySelector("canvas");
    this.plot = new Plot(this.canvas, this.spec.colours);
    this.button = element.querySelector(".aigc-sound button");
    this.listen();
    this.show();
    this.change();
    element.dataset.alive = "true";
  }

  listen() {
    for (const input of this.inputs()) input.addEventListener("input", () => this.change());
    this.button.addEventListener("click", () => (this.playing ? this.stop() : this.play()));
    for (const button of this.choices()) button.addEventListener("click", () => this.choose(button));
    this.element.addEventListener("keydown", (event) => this.key(event));
    this.element.dataset.lmSuppressShortcuts = "true"; // in JupyterLab an X would cut the cell
    this.volume = this.element.querySelector(".aigc-volume");
    this.volume.addEventListener("input", () => {
      sound.setVolume(this.volume.value / 100);
      alive.forEach((figure) => figure.show());
    });
    new ResizeObserver(() => this.draw()).observe(this.canvas);
  }

  inputs() {
    return [...this.element.querySelectorAll(".aigc-controls [name]")];
  }

  choices() {
    return [...this.element.querySelectorAll("[data-sets]")];
  }

  // A button has been pressed: take its setting, and let it be heard.
  choose(button) {
    this.element.querySelector(`[name="${button.dataset.sets}"]`).value = button.dataset.number;
    this.change();
    if (!this.playing) this.play();
  }

  // A letter or digit that begins the text of just one of the buttons presses it.
  key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.key.length !== 1) return;
    const meant = this.choices().filter((button) => button.textContent === event.key);
    if (meant.length === 1) meant[0].click();
  }

  // The settings: name and value of each control.
  values() {
    const index = (input) => (input.tagName === "SELECT" ? input.selectedIndex : Number(input.value));
    return Object.fromEntries(
      this.inputs().map((input) => [input.name, this.spec.controls[input.name].values[index(input)]])
    );
  }

  samples() {
    return Float32Array.from(this.kind.samples(this.values(), this.data));
  }

  curves() {
    return this.kind.curves(this.values(), this.data);
  }

  // What goes to the loudspeakers, before guard and volume.
  sent() {
    return this.heard;
  }

  // After a control has moved.
  change() {
    this.mark();
    this.seen = this.curves();
    this.heard = this.samples();
    this.tell();
    if (this.playing) this.play();
  }

  // Bring the controls' own texts up to date.
  mark() {
    for (const input of this.inputs()) {
      if (input.type !== "range") continue;
      const text = this.spec.controls[input.name].texts[input.value];
      input.setAttribute("aria-valuetext", text);
      input.closest("div").querySelector("output").textContent = text;
    }
    for (const button of this.choices()) {
      const [input] = this.inputs().filter(({ name }) => name === button.dataset.sets);
      button.setAttribute("aria-pressed", String(input.value === button.dataset.number));
    }
  }

  // Say and draw what is heard and seen.
  tell() {
    const reading = this.kind.reading(this.values(), this.seen, this.data);
    this.element.querySelector(".aigc-reading").textContent = reading;
    this.canvas.setAttribute("aria-label", `${this.spec.alt} ${reading}`);
    this.draw();
    this.warn();
  }

  draw() {
    const light = (getComputedStyle(this.element).color.match(/[\d.]+/g) || [0]).map(Number);
    this.element.style.colorScheme = light[0] + light[1] + light[2] > 382 ? "dark" : "light";
    if (this.canvas.clientWidth) this.kind.draw(this.plot, this.values(), this.seen, this.data);
  }

  // Say when the guard steps in.
  warn() {
    const softer = -20 * Math.log10(sound.guard(this.sent(), this.spec.rate));
    const note = softer > 0.05 ? `Played ${numbers.text(softer, 1)} dB softer than it is, to spare your ears.` : "";
    const warning = this.element.querySelector(".aigc-warning");
    warning.textContent = sound.refusal(this.heard) || note;
  }

  get playing() {
    return sound.owner === this;
  }

  play() {
    const { stays } = this.kind;
    this.from = stays ? { [stays]: this.values()[stays] } : {};
    sound.play(this, this.sent(), this.spec.rate, this.spec.rest, this.spec.once);
    this.last = sound.voice;
    this.show();
    if (!this.following) this.follow();
  }

  // While it plays, a picture may go along with the sound; afterwards it is as the controls say.
  // Nothing of that is read out. A control that stays goes along too, and stands where it stopped.
  follow(before = "") {
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const values = { ...this.values(), ...this.from }, moves = this.playing && sound.voice && !still && this.kind.follow;
    const moved = moves ? this.kind.follow(values, this.data, sound.place()) : null;
    if (!moves && this.kind.stays && this.following) return this.rest();
    if (moves && this.kind.stays) this.put(this.kind.stays, moved[this.kind.stays]);
    const key = JSON.stringify(moved), reading = this.element.querySelector(".aigc-reading");
    this.following = Boolean(moves);
    if (key !== before && this.kind.follow && this.canvas.clientWidth) {
      const shown = { ...values, ...moved }, seen = moved ? this.kind.curves(shown, this.data) : this.seen;
      reading.setAttribute("aria-live", moved ? "off" : "polite");
      reading.textContent = this.kind.reading(shown, seen);
      this.kind.draw(this.plot, shown, seen);
    }
    if (moves) requestAnimationFrame(() => this.follow(key));
  }

  // Set a control without a change of the sound that plays.
  put(name, value) {
    const [input] = this.inputs().filter((one) => one.name === name), own = this.spec.controls[name];
    input.value = own.values.indexOf(value);
    input.closest("div").querySelector("output").textContent = own.texts[input.value];
  }

  // The sound has ended or was stopped: stay where it was.
  rest() {
    const { began, duration } = this.last, { stays } = this.kind;
    const seconds = Math.min(duration, sound.context.currentTime - began);
    this.put(stays, this.kind.follow({ ...this.values(), ...this.from }, this.data, seconds)[stays]);
    this.following = false;
    this.element.querySelector(".aigc-reading").setAttribute("aria-live", "polite");
    this.change();
  }

  stop() {
    if (this.playing) sound.stop();
  }

  // It has left the page.
  close() {
    this.stop();
  }

  // Bring button and volume up to date.
  show() {
    this.button.textContent = this.playing ? "Stop" : "Play";
    this.volume.value = Math.round(100 * sound.volume);
  }

  // What goes to the loudspeakers just now, after guard and volume.
  output() {
    const now = new Float32Array(sound.meter ? sound.meter.fftSize : 0);
    if (sound.meter) sound.meter.getFloatTimeDomainData(now);
    return now;
  }
}

window.aigcFigures = {
  sound,

  // Say what a figure does; maker gets the numbers and returns samples, curves, reading, draw, and
  // perhaps a class of its own instead of InteractiveFigure.
  define(name, maker) {
    kinds[name] = maker(numbers, InteractiveFigure);
  },

  // Bring to life what isn't yet, and forget what has left the page.
  start() {
    for (const figure of alive) {
      if (figure.element.isConnected) continue;
      figure.close();
      alive.delete(figure);
    }
    for (const element of document.querySelectorAll("[data-aigc-figure]")) {
      if (element.aigc || !kinds[element.dataset.aigcFigure]) continue;
      element.aigc = new (kinds[element.dataset.aigcFigure].Figure || InteractiveFigure)(element);
      alive.add(element.aigc);
    }
  },
};

// Redraw when the page changes its colours, and when the system does.
const redraw = () => requestAnimationFrame(() => alive.forEach((figure) => figure.draw()));
const watch = new MutationObserver(redraw);
for (const element of [document.documentElement, document.body]) {
  if (element) watch.observe(element, { attributes: true, attributeFilter: ["class", "style", "data-theme", "data-jp-theme-light"] });
}
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
