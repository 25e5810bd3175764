// A word, begun by a recording and continued by a network: see free_run.py.
aigcFigures.define("free_run", ({ decode, hann, amplitudes, decibels, fill }) => {
  const WINDOW = 256, HOP = 40, PIECE = 160, LOW = -60, TOP = -10;
  const window = hann(WINDOW), known = new Map();
  const clip = (code) => known.get(code) || known.set(code, decode(code)).get(code);
  const chosen = (v, data) =>
    clip(v.heard === "recording" ? data.true : data.takes[`${v.start}/${v.take}`]);
  let said = {}; // of the figure whose curves were computed last, just before it is read

  const levels = (x) => fill(Math.floor(x.length / PIECE), (n) => {
    const power = x.subarray(n * PIECE, (n + 1) * PIECE).reduce((sum, one) => sum + one * one, 0);
    return Math.max(LOW, 10 * Math.log10(power / PIECE + 1e-12));
  });

  return {
    samples(v, data) {
      const x = chosen(v, data), cut = Math.floor((v.start * data.rate) / 1000);
      return v.heard === "own" ? x.map((one, n) => (n < cut ? 0 : one)) : x;
    },

    curves(v, data) {
      said = data.said;
      const x = chosen(v, data), level = levels(x), spectrum = [];
      for (let centre = 0; centre < x.length; centre += HOP) {
        const frame = fill(WINDOW, (n) => x[centre - WINDOW / 2 + n] || 0);
        spectrum.push(...decibels(amplitudes(frame, window, WINDOW), LOW));
      }
      const time = fill(level.length, (n) => ((n + 0.5) * PIECE) / data.rate);
      return { time, level, recording: levels(clip(data.true)), cut: [v.start / 1000], spectrum };
    },

    reading: (v) => said[`${v.start}/${v.take}`],

    draw(plot, v, c) {
      const hop = (c.time[0] * 2 * HOP) / PIECE, columns = c.spectrum.length / (WINDOW / 2 + 1);
      const x = [0, (columns - 0.5) * hop], khz = HOP / hop / 2000;
      const [upper, lower] = plot.panels(
        { x, y: [LOW, 0], right: 50, xlabel: "", ylabel: "level in dB" },
        { x, y: [0, khz], image: true, xlabel: "time in seconds", ylabel: "frequency in kHz" },
      );
      const grey = { colour: "grey", dash: [5, 4] }, orange = { colour: "orange" };
      const cut = [[c.cut[0], c.cut[0]], [LOW, 0]];
      upper.line(c.time, c.recording, grey);
      if (v.heard !== "recording") upper.line(c.time, c.level, orange);
      upper.line(...cut, { width: 1.2 });
      upper.legend([["recording", grey], ["clip", orange], ["cut", { width: 1.2 }]]);
      lower.image(c.spectrum, columns, [LOW, TOP]);
      lower.line(cut[0], [0, khz], { colour: "green", width: 2 });
    },
  };
});
