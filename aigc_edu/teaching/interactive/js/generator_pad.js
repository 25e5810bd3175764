// A generator that runs here: see generator_pad.py. Its network stands in network.js.
aigcFigures.define("generator_pad", ({ fill, uniform, hann, amplitudes, decibels, decode, text }, InteractiveFigure) => {
  const STEPS = 48, MARGIN = 50, PAUSE = 150, IDLE = 300, MOST = 240, SEEDS = 1000;
  const KEYS = ["QWER", "ASDF", "ZXCV"], FRAME = 256, HOP = 64, FLOOR = -80, TOP = -10, SILENT = 0.02;
  const PLACES = KEYS.flatMap((row, y) => [...row].map((key, x) => ({ key, x: (x * STEPS) / 3, y: (y * STEPS) / 2 })));
  const HINT = "Drag on the pad, or move its dot by the arrow keys; its letters are keys, too.";

  const LOUD = (gain) => (gain === 1 ? "" :
    `All sounds are played ${text(-20 * Math.log10(gain), 1)} dB softer than the network makes them, by one gain.`);

  // ------------------------------------------------------------ the latent space: see latent.py
  function drawn(count, stream, prior) {
    const u = uniform(2 * count, stream);
    if (prior === "uniform") return u.subarray(0, count).map((x) => 2 * x);
    return fill(count, (n) => Math.sqrt(-2 * Math.log(0.5 - u[n])) * Math.cos(2 * Math.PI * (u[count + n] + 0.5)));
  }
  const dot = (a, b) => a.reduce((sum, value, n) => sum + value * b[n], 0);
  const lengthOf = (z) => Math.sqrt(dot(z, z));

  function between(a, b, t, way) {
    let from = 1 - t, to = t;
    if (way === "sphere") {
      const angle = Math.acos(Math.max(-1, Math.min(1, dot(a, b) / (lengthOf(a) * lengthOf(b)))));
      [from, to] = [Math.sin((1 - t) * angle) / Math.sin(angle), Math.sin(t * angle) / Math.sin(angle)];
    }
    return a.map((value, n) => from * value + to * b[n]);
  }

  function latent(v, { latent: count, prior, directions }) {
    const [a, b, c, d] = [0, 1, 2, 3].map((k) => drawn(count, SEEDS + 4 * v.draw + k, prior));
    const z = between(between(a, b, v.x, v.walk), between(c, d, v.x, v.walk), v.y, v.walk);
    return z.map((value, n) =>
      directions.reduce((sum, row, k) => sum + v[`direction${k}`] * row[n], v.scale * value));
  }
  const vector = (v, data) =>
    Float32Array.from([...latent(v, data), ...fill(data.labels.length, (n) => Number(n === v.label))]);

  // ------------------------------------------------------------ computing, off the main thread
  // One clip at a time: first the newest that is asked for, then those that may be asked for soon.
  class Engine {
    constructor(written, came) {
      Object.assign(this, { written, came, send: null, busy: null, wish: null, ahead: [], away: true, closed: false });
    }

    ask(wish) {
      this.wish = wish;
      this.next();
    }

    prepare(wishes) {
      this.ahead = wishes;
      this.next();
    }

    next() {
      if (this.closed || this.busy || !(this.wish || this.ahead.length)) return;
      this.busy = this.wish || this.ahead.shift();
      if (this.busy === this.wish) this.wish = null;
      if (!this.send) this.open();
      this.send(this.busy.vector);
    }

    open() {
      const answer = "({ data }) => { if (data.written) { run = load(data.written); return; } "
        + "const begin = performance.now(), samples = run(data.vector); "
        + "postMessage({ samples, ms: performance.now() - begin }, [samples.buffer]); }";
      const program = new Blob([`const load = (${aigcNetwork})(); let run; onmessage = ${answer};`], { type: "text/javascript" });
      try {
        this.address = URL.createObjectURL(program);
        this.worker = new Worker(this.address);
      } catch {
        this.here();
        return;
      }
      this.worker.onmessage = ({ data }) => this.done(data);
      this.worker.onerror = () => {
        this.worker.terminate();
        this.worker = null;
        this.here();
        if (this.busy) this.send(this.busy.vector);
      };
      this.worker.postMessage({ written: this.written });
      this.send = (vector) => this.worker.postMessage({ vector });
    }

    // Where a page may have no worker.
    here() {
      const run = aigcNetwork()(this.written);
      this.away = false;
      this.send = (vector) => setTimeout(() => {
        const begin = performance.now(), samples = run(vector);
        this.done({ samples, ms: performance.now() - begin });
      });
    }

    done({ samples, ms }) {
      const wish = this.busy;
      this.busy = null;
      if (wish) this.came(wish, samples, ms);
      this.next();
    }

    close() {
      if (this.worker) this.worker.terminate();
      if (this.address) URL.revokeObjectURL(this.address);
      Object.assign(this, { worker: null, closed: true }); // a drawing may still be on its way
    }
  }

  // ------------------------------------------------------------ the figure
  function make(tag, style, more = {}) {
    const element = Object.assign(document.createElement(tag), more);
    element.style.cssText = style;
    return element;
  }

  class Pad extends InteractiveFigure {
    listen() {
      this.known = new Map();
      this.engine = new Engine(this.data.network, (...all) => this.came(...all));
      this.arrange();
      super.listen();
      this.pad.addEventListener("pointerdown", (event) => {
        this.pad.setPointerCapture(event.pointerId);
        this.point(event);
      });
      this.pad.addEventListener("pointermove", (event) => event.buttons && this.point(event));
      this.pad.addEventListener("click", (event) => event.detail || this.play());
      this.more.addEventListener("click", () => this.set({ draw: (this.number("draw") + 1) % this.spec.controls.draw.values.length }));
      new ResizeObserver(() => this.drawPad()).observe(this.map);
      new IntersectionObserver(([seen]) => seen.isIntersecting && this.soon()).observe(this.pad);
    }

    // Pad and picture side by side, below the labels and above the sliders.
    arrange() {
      const one = (name) => this.element.querySelector(name), controls = one(".aigc-controls"), row = one(".aigc-sound");
      const top = make("div", "margin-bottom: 0.5rem", { className: "aigc-controls" });
      const stage = make("div", "display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: 0.6rem");
      this.map = make("canvas", "height: 100%");
      this.map.setAttribute("aria-hidden", "true");
      this.pad = make("button", `width: 100%; height: ${this.canvas.style.height}; padding: 0; touch-action: none; cursor: crosshair`, { type: "button", className: "aigc-pad" });
      this.pad.setAttribute("aria-label", "Pad between four sounds: arrow keys move, Enter sounds");
      this.more = make("button", "", { type: "button", textContent: "New sounds" });
      this.made = make("small", "flex: 1 1 100%", { className: "aigc-made", textContent: HINT });
      this.pad.append(this.map);
      const labels = one(".aigc-buttons");
      if (labels) top.append(labels);
      stage.append(this.pad, this.canvas);
      row.querySelector("button").after(this.more);
      row.append(this.made);
      controls.before(top, stage, row, one(".aigc-reading"));
    }

    // ---------------------------------------------------------- what the reader does
    field(name) {
      return this.element.querySelector(`.aigc-controls [name="${name}"]`);
    }

    number(name) {
      return Number(this.field(name).value);
    }

    // Set controls. What is struck is heard as soon as it is there; what is dragged, now and then.
    set(numbers, struck = true) {
      for (const [name, number] of Object.entries(numbers)) this.field(name).value = number;
      this.change(struck);
    }

    point({ clientX, clientY, type }) {
      const box = this.pad.getBoundingClientRect();
      const share = (at, size) => Math.max(0, Math.min(1, (at - MARGIN) / (size - 2 * MARGIN)));
      this.set({
        x: Math.round(STEPS * share(clientX - box.left, box.width)),
        y: Math.round(STEPS * share(clientY - box.top, box.height)),
      }, type === "pointerdown");
    }

    choose(button) {
      this.set({ [button.dataset.sets]: button.dataset.number });
    }

    // The arrows move the dot of the pad that has the focus; letters strike places, digits labels.
    key(event) {
      if (event.ctrlKey || event.altKey || event.metaKey || event.target.tagName === "SELECT") return;
      const [x, y] = { ArrowLeft: [-2, 0], ArrowRight: [2, 0], ArrowUp: [0, -2], ArrowDown: [0, 2] }[event.key] || [];
      if (x !== undefined && event.target === this.pad) {
        const moved = (name, by) => Math.max(0, Math.min(STEPS, this.number(name) + by));
        event.preventDefault();
        this.set({ x: moved("x", x), y: moved("y", y) }, !event.repeat);
      }
      if (event.repeat) return;
      const place = PLACES.find(({ key }) => event.key.toUpperCase() === key);
      if (place) this.set({ x: place.x, y: place.y });
      const meant = this.choices().filter(({ textContent }) => /\d/.test(event.key) && textContent[0] === event.key);
      if (meant.length === 1) this.choose(meant[0]);
    }

    // ---------------------------------------------------------- from settings to samples
    change(struck = false) {
      this.mark();
      const v = this.values(), key = JSON.stringify(v), first = !this.seen;
      if (first && key === JSON.stringify(this.data.at)) this.keep(key, decode(this.data.first));
      this.turns = (this.turns || 0) + 1;
      const wish = { ...this.wish(v), asked: true, quiet: first, struck, turn: this.turns };
      if (this.known.has(key)) {
        this.engine.wish = null; // an older one that still waits is out of date
        this.take(wish);
      } else {
        this.engine.ask(wish);
      }
      if (first && !this.heard) this.hold(new Float32Array(this.data.count));
      this.drawPad();
      clearTimeout(this.idle);
      if (!first) this.idle = setTimeout(() => this.soon(), IDLE);
    }

    wish(v) {
      return { key: JSON.stringify(v), vector: vector(v, this.data) };
    }

    came(wish, samples, ms) {
      this.keep(wish.key, samples);
      this.ms = ms;
      const where = this.engine.away ? "in a worker, off the page's main thread" : "on the page's main thread: it may have no worker";
      this.made.textContent = `${HINT} Your browser computed the last sound in ${text(ms)} ms, ${where}. ${LOUD(this.data.gain)}`;
      if (wish.asked && wish.turn > (this.taken || 0)) this.take(wish);
      else this.drawPad();
    }

    keep(key, samples) {
      this.known.delete(key);
      this.known.set(key, Float32Array.from(samples));
      if (this.known.size > MOST) this.known.delete(this.known.keys().next().value);
    }

    take({ key, quiet, struck, turn }) {
      this.taken = turn;
      this.now = key;
      this.hold(this.known.get(key));
      if (!quiet) this.strike(struck);
    }

    hold(samples) {
      this.heard = samples;
      this.seen = { wave: samples, length: [lengthOf(latent(this.values(), this.data))] };
      this.tell();
    }

    strike(struck) {
      const wait = struck ? 0 : Math.max(0, (this.struck || 0) + PAUSE - performance.now());
      clearTimeout(this.later);
      this.later = setTimeout(() => {
        this.struck = performance.now();
        this.play();
      }, wait);
    }

    // The settings of another place or label.
    elsewhere(change) {
      return { ...this.values(), ...change };
    }

    at({ x, y }) {
      const values = (name) => this.spec.controls[name].values;
      return this.elsewhere({ x: values("x")[x], y: values("y")[y] });
    }

    // Compute what may be asked for next: the places that have keys, and the other labels here.
    soon() {
      const labels = this.data.labels.map((_, label) => this.elsewhere({ label }));
      const wishes = [...PLACES.map((place) => this.at(place)), ...labels].map((v) => this.wish(v));
      this.engine.prepare(wishes.filter(({ key }) => !this.known.has(key)));
    }

    samples() {
      return this.heard;
    }

    sent() {
      return this.heard.map((x) => this.data.gain * x);
    }

    close() {
      super.close();
      clearTimeout(this.idle);
      clearTimeout(this.later);
      this.engine.close();
    }

    // ---------------------------------------------------------- pictures
    draw() {
      super.draw();
      this.drawPad();
    }

    drawPad() {
      const { map, spec } = this, ratio = window.devicePixelRatio || 1, { clientWidth: width, clientHeight: height } = map;
      if (!width) return;
      Object.assign(map, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
      const pen = map.getContext("2d"), look = getComputedStyle(map);
      const place = (x, y) => [MARGIN + (x / STEPS) * (width - 2 * MARGIN), MARGIN + (y / STEPS) * (height - 2 * MARGIN)];
      pen.scale(ratio, ratio);
      Object.assign(pen, { fillStyle: look.color, strokeStyle: look.color, font: `12px ${look.fontFamily}`, textAlign: "center" });
      for (const one of PLACES) this.drawPlace(pen, one, ...place(one.x, one.y));
      const [x, y] = place(this.number("x"), this.number("y"));
      Object.assign(pen, { strokeStyle: spec.colours.orange, lineWidth: 3, globalAlpha: 1 });
      pen.beginPath();
      pen.arc(x, y, 11, 0, 2 * Math.PI);
      pen.stroke();
    }

    // The letter of a place, and the outline of the sound there if it is known.
    drawPlace(pen, one, x, y) {
      const samples = this.known.get(JSON.stringify(this.at(one))), columns = 58, high = 32;
      pen.globalAlpha = 1;
      pen.fillText(one.key, x, y - 37);
      pen.globalAlpha = 0.6;
      if (!samples) pen.fillRect(x - columns / 2, y, columns, 1);
      const size = samples ? samples.length / columns : 0;
      for (let n = 0; samples && n < columns; n++) {
        const part = samples.subarray(Math.floor(n * size), Math.floor((n + 1) * size));
        const top = Math.max(...part) * high, bottom = Math.min(...part) * high;
        pen.fillRect(x - columns / 2 + n, y - top, 1, Math.max(1, top - bottom));
      }
    }
  }

  return {
    Figure: Pad,

    reading(v, c, { labels }) {
      const peak = c.wave.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
      const name = labels.length ? `${labels[v.label]}: ` : "";
      const loud = peak < SILENT ? "the sound is almost silent, its peak" : "the sound's peak";
      return `${name}z has the length ${text(c.length[0], 1)}; ${loud} is ${text(peak, 2)}.`;
    },

    draw(plot, v, { wave }, { rate }) {
      const x = [0, wave.length / rate], columns = Math.ceil(wave.length / HOP), bins = FRAME / 2 + 1;
      const [upper, lower] = plot.panels(
        { x, y: [-1, 1], xlabel: "", ylabel: "amplitude", right: 50 },
        { x, y: [0, rate / 2000], xlabel: "time in seconds", ylabel: "kHz", image: true },
      );
      upper.line(fill(wave.length, (n) => n / rate), wave, { colour: "blue", width: 0.8 });
      const padded = new Float64Array(wave.length + 2 * FRAME), levels = new Float64Array(columns * bins), window = hann(FRAME);
      padded.set(wave, FRAME / 2);
      for (let m = 0; m < columns; m++) {
        levels.set(decibels(amplitudes(padded.subarray(m * HOP, m * HOP + FRAME), window, FRAME), FLOOR), m * bins);
      }
      lower.image(levels, columns, [FLOOR, TOP]);
    },
  };
});
