// Poles and zeros: see POLES in poles.py.
aigcFigures.define("poles", ({ fill, uniform, text }) => {
  const RATE = 8000, COUNT = 6400, RMS = 0.1, PULSES = 110, POINTS = 401, FLOOR = -40, tau = 2 * Math.PI;
  const EDGES = 64; // pixels of a panel's axes, to both sides

  function coefficients({ kind, frequency, radius }) {
    const cosine = Math.cos((tau * frequency) / RATE);
    return [kind === "notch" ? [1, -2 * cosine, 1] : [1, 0, 0], [1, -2 * radius * cosine, radius ** 2]];
  }

  function source(sound, word) {
    if (sound === "word") return word;
    const every = Math.floor(RATE / PULSES);
    return sound === "noise" ? uniform(COUNT, 3) : fill(COUNT, (n) => (n % every ? 0 : 1));
  }

  // The size of c[0] + c[1] / z + c[2] / z^2.
  function size(c, angle) {
    const re = c[0] + c[1] * Math.cos(angle) + c[2] * Math.cos(2 * angle);
    const im = c[1] * Math.sin(angle) + c[2] * Math.sin(2 * angle);
    return Math.hypot(re, im);
  }

  return {
    samples(v, { word }) {
      const [b, a] = coefficients(v), x = source(v.heard, word), y = new Float64Array(x.length);
      let power = 0, peak = 0;
      for (let n = 0; n < x.length; n++) {
        y[n] = b[0] * x[n] + b[1] * (x[n - 1] || 0) + b[2] * (x[n - 2] || 0)
          - a[1] * (y[n - 1] || 0) - a[2] * (y[n - 2] || 0);
        power += y[n] ** 2;
        peak = Math.max(peak, Math.abs(y[n]));
      }
      const scale = Math.min(RMS / Math.sqrt(power / x.length), 0.9 / peak);
      return y.map((value) => value * scale);
    },

    curves(v) {
      const [b, a] = coefficients(v), notch = v.kind === "notch", theta = (tau * v.frequency) / RATE;
      const gain = fill(POINTS, (n) => {
        const angle = (Math.PI * n) / (POINTS - 1);
        return size(b, angle) / size(a, angle);
      });
      const top = notch ? 1 : Math.max(...gain), signs = [1, -1];
      return {
        frequency: fill(POINTS, (n) => (n * RATE) / 2 / (POINTS - 1) / 1000),
        gain: gain.map((g) => Math.max(FLOOR, 20 * Math.log10(g / top + 1e-30))),
        pole_re: signs.map(() => v.radius * Math.cos(theta)),
        pole_im: signs.map((s) => s * v.radius * Math.sin(theta)),
        zero_re: signs.map(() => (notch ? Math.cos(theta) : 0)),
        zero_im: signs.map((s) => (notch ? s * Math.sin(theta) : 0)),
      };
    },

    reading({ kind, frequency, radius: r }) {
      if (!r) {
        const alone = "the two poles lie in the middle and do nothing";
        return `r = 0: ${alone}${kind === "notch" ? "; the zeros cut a wide valley" : ""}.`;
      }
      const width = (-Math.log(r) * RATE) / Math.PI, dies = (1000 * Math.log(1000)) / -Math.log(r) / RATE;
      const what = kind === "notch" ? "a gap" : "a band";
      return `r = ${text(r, 4)}: ${what} about ${text(width)} Hz wide around ${text(frequency)} Hz; `
        + `a click rings for ${text(dies)} ms until it is 60 dB down.`;
    },

    draw(plot, v, c) {
      const { clientWidth, clientHeight } = plot.canvas;
      const wide = (clientWidth - EDGES) / (clientHeight / 2 - EDGES); // so that the circle is one
      const [upper, lower] = plot.panels(
        { x: [-1.15 * wide, 1.15 * wide], y: [-1.15, 1.15], xlabel: "real part", ylabel: "imaginary part" },
        { x: [0, 4], y: [FLOOR, 14], xlabel: "frequency in kHz", ylabel: "gain in dB" },
      );
      const grey = { colour: "grey", width: 1.2 }, orange = { colour: "orange" }, blue = { colour: "blue", width: 2 };
      const ring = (x, y, radius) => {
        const angles = [...fill(61, (n) => (tau * n) / 60)];
        return [angles.map((a) => x + radius * Math.cos(a)), angles.map((a) => y + radius * Math.sin(a))];
      };
      const theta = (tau * v.frequency) / RATE;
      upper.line(...ring(0, 0, 1), grey);
      upper.segments([[[0, 0], [Math.cos(theta), Math.sin(theta)]]], { ...grey, dash: [4, 4] });
      const arm = 0.055, crosses = c.pole_re.flatMap((x, n) => [1, -1].map((s) =>
        [[x - arm, c.pole_im[n] - s * arm], [x + arm, c.pole_im[n] + s * arm]]));
      upper.segments(crosses, { ...orange, width: 2.2 });
      const zeros = v.kind === "notch" ? c.zero_re : [];
      zeros.forEach((x, n) => upper.line(...ring(x, c.zero_im[n], 0.075), blue));
      upper.legend([["poles", orange], ...(zeros.length ? [["zeros", blue]] : [])]);
      lower.line(c.frequency, c.gain, { colour: "blue" });
    },
  };
});
