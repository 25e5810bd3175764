// A keyboard between two timbres: see mixed_notes.py. Images become sound here, too.
aigcFigures.define("mixed_notes", ({ fill, hann, fft }, InteractiveFigure) => {
  const CODES = 127, SILENT = -50, LETTERS = "AWSEDFTGYHUJKOLP", WHITE = [0, 2, 4, 5, 7, 9, 11];
  const key = (v) => `${v.pitch}/${v.mix}`;

  // ------------------------------------------------------------ images: see models/gansynth/images.py
  // Two images, each column by column: [log magnitude, half turns], numbers in [-1, 1].
  function images(code) {
    const bytes = atob(code), all = fill(bytes.length, (n) => ((bytes.charCodeAt(n) << 24) >> 24) / CODES);
    return [all.subarray(0, all.length / 2), all.subarray(all.length / 2)];
  }

  // Triangular mel filters, each from its first bin on, and what each bin gets of all.
  function filtersOf({ edges, bands, rate, frame }) {
    const bins = frame / 2 + 1, frequency = (k) => (k * rate) / frame, columns = new Float64Array(bins);
    const strongest = new Int32Array(bins), most = new Float64Array(bins).fill(-1), rows = [];
    for (let b = 0; b < bands; b++) {
      const [low, top, high] = edges.slice(b, b + 3);
      let row = fill(bins, (k) => Math.max(0, Math.min((frequency(k) - low) / (top - low), (high - frequency(k)) / (high - top))));
      if (!row.some((w) => w > 0)) {
        let near = 0;
        for (let k = 1; k < bins; k++) if (Math.abs(frequency(k) - top) < Math.abs(frequency(near) - top)) near = k;
        row = fill(bins, (k) => Number(k === near));
      }
      let first = 0, last = bins - 1, sum = 0;
      while (!row[first]) first++;
      while (!row[last]) last--;
      row.forEach((w, k) => {
        columns[k] += w;
        sum += w;
        if (w > most[k]) [most[k], strongest[k]] = [w, b];
      });
      rows.push({ first, weights: row.slice(first, last + 1), sum });
    }
    return { rows, columns, strongest, bins };
  }

  // Log magnitudes and half turns in bands to samples.
  function waveform(nepers, turned, data, { rows, columns, strongest, bins }) {
    const { bands, frames, frame, hop } = data, g = hann(frame), full = g.reduce((a, b) => a + b) / 2;
    const y = new Float64Array(frame + frames * hop), weight = new Float64Array(y.length);
    const angle = new Float64Array(bands);
    for (let m = 0; m <= frames; m++) {
      const re = new Float64Array(frame), im = new Float64Array(frame), power = new Float64Array(bins);
      for (let b = 0; m < frames && b < bands; b++) {
        angle[b] += m ? turned[m * bands + b] : 0;
        const { first, weights, sum } = rows[b], density = Math.exp(2 * nepers[m * bands + b]) / sum;
        weights.forEach((w, n) => (power[first + n] += w * density));
      }
      for (let k = 0; m < frames && k < bins; k++) {
        const size = full * Math.sqrt(power[k] / Math.max(columns[k], 1e-6)) * (k % 2 ? -1 : 1);
        const at = Math.PI * angle[strongest[k]], back = (frame - k) % frame, edge = k === back;
        re[k] = re[back] = size * Math.cos(at);
        im[k] = edge ? 0 : -size * Math.sin(at); // conjugate: the FFT then goes the other way
        im[back] = -im[k];
      }
      fft(re, im);
      for (let n = 0; n < frame; n++) {
        y[m * hop + n] += (g[n] * re[n]) / frame;
        weight[m * hop + n] += g[n] ** 2;
      }
    }
    return fill(frames * hop, (n) => y[frame / 2 + n] / weight[frame / 2 + n]);
  }

  // Samples to log magnitudes in bands.
  function bandsOf(x, { bands, frames, frame, hop, quietest }, { rows, bins }) {
    const g = hann(frame), full = g.reduce((a, b) => a + b) / 2, floor = 10 ** (quietest / 10);
    const heard = new Float64Array(frames * bands);
    for (let m = 0; m < frames; m++) {
      const re = fill(frame, (n) => (x[m * hop + n - frame / 2] || 0) * g[n]), im = new Float64Array(frame);
      fft(re, im);
      const power = fill(bins, (k) => (re[k] ** 2 + im[k] ** 2) / full ** 2);
      rows.forEach(({ first, weights }, b) => {
        const sum = weights.reduce((all, w, n) => all + w * power[first + n], 0);
        heard[m * bands + b] = 0.5 * Math.log(Math.max(sum, floor));
      });
    }
    return heard;
  }

  function soundOf([height, turned], data) {
    const filters = (data.filters = data.filters || filtersOf(data)), loud = (n) => height[n] > -1;
    const scale = (data.quietest / 2) * (Math.LN10 / 20);
    const nepers = height.map((h, n) => (loud(n) ? scale * (1 - h) : SILENT));
    const heard = bandsOf(waveform(nepers, turned, data, filters), data, filters);
    const better = nepers.map((a, n) => (loud(n) ? a + Math.max(-1, Math.min(1, a - heard[n])) : a));
    return waveform(better, turned, data, filters).map((x) => Math.max(-1, Math.min(1, x)));
  }

  // ------------------------------------------------------------ the keyboard
  // Where a key lies, in halves of white keys, and whether it is a black one.
  function placeOf(pitch) {
    const tone = ((pitch % 12) + 12) % 12, black = !WHITE.includes(tone);
    const below = 7 * Math.floor(pitch / 12) + WHITE.filter((one) => one <= tone).length - 1;
    return { at: 2 * below + (black ? 1 : 0), black };
  }

  class Keyboard extends InteractiveFigure {
    listen() {
      this.known = new Map();
      super.listen();
      this.build();
      const [mix] = this.inputs().filter(({ name }) => name === "mix");
      mix.addEventListener("input", () => this.playing || this.play());
    }

    // The row of buttons becomes a keyboard: black keys above, white ones below.
    build() {
      const keys = this.choices(), places = this.spec.controls.pitch.values.map(placeOf);
      const first = Math.min(...places.map(({ at }) => at)), last = Math.max(...places.map(({ at }) => at));
      const row = keys[0].parentElement, style = document.createElement("style");
      row.className = "aigc-keys";
      style.textContent = ".aigc-interactive .aigc-buttons > .aigc-keys { display: grid; gap: 0.15rem; touch-action: manipulation; } "
        + ".aigc-interactive .aigc-buttons .aigc-keys button { min-width: 0; padding: 0.5rem 0 0.3rem; line-height: 1.25; font-size: 0.85em; overflow: hidden; } "
        + ".aigc-interactive .aigc-buttons .aigc-keys button span { display: block; } "
        + ".aigc-interactive .aigc-buttons .aigc-keys [data-black] { border-style: dashed; padding-top: 0.3rem; }";
      this.element.append(style);
      row.style.gridTemplateColumns = `repeat(${last - first + 2}, minmax(0, 1fr))`;
      keys.forEach((button, n) => {
        const { at, black } = places[n], letter = document.createElement("span");
        button.style.gridArea = `${black ? 1 : 2} / ${at - first + 1} / auto / span 2`;
        button.toggleAttribute("data-black", black);
        letter.textContent = LETTERS[n] || "";
        letter.setAttribute("aria-hidden", "true");
        button.append(letter);
        button.addEventListener("pointerdown", (event) => this.press(event, button));
        button.addEventListener("pointercancel", () => (this.pressed = null));
      });
    }

    // It sounds when a key goes down; the click that follows is of the same stroke.
    press(event, button) {
      if (event.button) return;
      this.choose(button);
      this.pressed = button;
    }

    choose(button) {
      const again = this.pressed === button;
      this.pressed = null;
      if (!again) super.choose(button);
    }

    key(event) {
      if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.key.length !== 1) return;
      const button = this.choices()[LETTERS.indexOf(event.key.toUpperCase())];
      if (button) super.choose(button);
    }

    samples() {
      return this.sound(this.values());
    }

    sound(v) {
      if (!this.known.has(key(v))) this.known.set(key(v), Float32Array.from(this.kind.samples(v, this.data)));
      return this.known.get(key(v));
    }

    // Once someone plays, the other keys' sounds are computed in the pauses.
    play() {
      super.play();
      this.prepare();
    }

    prepare() {
      clearTimeout(this.idle);
      const keys = this.spec.controls.pitch.values.map((pitch) => ({ ...this.values(), pitch }));
      const next = keys.find((v) => !this.known.has(key(v)));
      if (next) this.idle = setTimeout(() => (this.sound(next), this.prepare()), 40);
    }

    close() {
      super.close();
      clearTimeout(this.idle);
    }
  }

  return {
    Figure: Keyboard,

    samples: (v, data) => soundOf(images(data.images[key(v)]), data),

    curves(v, data) {
      const [magnitude, turned] = images(data.images[key(v)]);
      return { magnitude, turned };
    },

    reading: (v, c, data) => data.said[key(v)],

    draw(plot, v, c, { frames, hop, rate, bands }) {
      const x = [0, (frames * hop) / rate], y = [0, bands];
      const [upper, lower] = plot.panels(
        { x, y, image: true, xlabel: "", ylabel: "magnitude: band" },
        { x, y, image: true, xlabel: "time in seconds", ylabel: "IF: band" },
      );
      upper.image(c.magnitude, frames, [-1, 1], "");
      lower.image(c.turned, frames, [-1, 1], "");
    },
  };
});
