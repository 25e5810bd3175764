// Harmonics under an envelope between two: see envelopes.py.
aigcFigures.define("envelopes", ({ fill, text }) => {
  const SECONDS = 0.9, RAMP = 0.03, LEVEL = 0.2, HIGHEST = 0.9, LOWEST = -70, REFERENCE = 60;
  const hertz = (pitch) => 440 * 2 ** ((pitch - 69) / 12), DB = 20 / Math.LN10;

  // As numpy.interp: straight lines between the points, and the last ones beyond.
  function at(x, step, values) {
    const place = Math.min(Math.max(x / step, 0), values.length - 1), n = Math.min(Math.floor(place), values.length - 2);
    return values[n] + (place - n) * (values[n + 1] - values[n]);
  }

  function curves({ pitch, amount, way }, { logs, rate }) {
    const f0 = hertz(pitch), scale = way === "moves" ? f0 / hertz(REFERENCE) : 1, share = amount / 100;
    const mixed = fill(logs[0].length, (n) => (1 - share) * logs[0][n] + share * logs[1][n]);
    const step = rate / 2 / (mixed.length - 1), count = Math.floor((HIGHEST * rate) / 2 / f0);
    const frequency = fill(mixed.length, (n) => n * step), harmonics = fill(count, (k) => f0 * (k + 1));
    const level = (f) => Math.max(DB * at(f / scale, step, mixed), LOWEST);
    return { frequency, curve: frequency.map(level), harmonics, levels: harmonics.map(level) };
  }

  return {
    samples(v, data) {
      const c = curves(v, data), { rate } = data, count = Math.floor(SECONDS * rate), x = new Float64Array(count);
      const raw = c.levels.map((level) => 10 ** (level / 20));
      const scale = LEVEL * Math.sqrt(2 / raw.reduce((sum, h) => sum + h * h, 0));
      raw.forEach((height, k) => {
        const turn = (2 * Math.PI * c.harmonics[k]) / rate;
        for (let n = 0; n < count; n++) x[n] += height * scale * Math.sin(turn * n + k * k);
      });
      return x.map((one, n) => {
        const ramp = Math.min(1, Math.min(n, count - n - 1) / (RAMP * rate));
        return Math.max(-1, Math.min(1, one * ramp));
      });
    },

    curves,

    reading(v, c) {
      const first = (row) => row.reduce((best, one, n) => (one > row[best] ? n : best), 0);
      const best = first(c.levels.map((level, n) => level + 1e-6 * (c.levels.length - n)));
      return `Harmonics every ${text(c.harmonics[0])} Hz; the envelope is highest at `
        + `${text(c.frequency[first(c.curve)])} Hz, and of the harmonics number ${best + 1} is the strongest.`;
    },

    draw(plot, v, c, { rate }) {
      const axes = { x: [0, rate / 2000], y: [LOWEST, 3], xlabel: "frequency in kHz", ylabel: "level in dB" };
      const [panel] = plot.panels(axes);
      const lines = [...c.harmonics].map((f, k) => [[f / 1000, LOWEST], [f / 1000, c.levels[k]]]);
      panel.segments(lines, { colour: "orange", width: 2 });
      panel.line([...c.frequency].map((f) => f / 1000), [...c.curve], { colour: "blue" });
      panel.legend([["harmonics", { colour: "orange" }], ["envelope", { colour: "blue" }]]);
    },
  };
});
