// Beats: see BEATS in tones.py.
aigcFigures.define("beats", ({ fill, linspace, text }) => {
  const RATE = 16000, EACH = 0.14, COLUMN = 100, tau = 2 * Math.PI;

  function samples({ frequency: f, difference: d, second }) {
    return fill(2 * RATE, (n) =>
      EACH * (Math.sin((tau * f * n) / RATE) + (second / 100) * Math.sin((tau * (f + d) * n) / RATE)));
  }

  return {
    samples,

    curves(v) {
      const x = samples(v), b = v.second / 100, u = linspace(0, 1, 501);
      const columns = Array.from({ length: RATE / COLUMN }, (_, n) => n);
      const part = (n) => x.subarray(n * COLUMN, (n + 1) * COLUMN);
      return {
        time: columns.map((n) => (n * COLUMN) / RATE),
        low: columns.map((n) => Math.min(...part(n))), high: columns.map((n) => Math.max(...part(n))),
        envelope_time: u,
        envelope: u.map((time) =>
          EACH * Math.sqrt(Math.max(0, 1 + b * b + 2 * b * Math.cos(tau * v.difference * time)))),
      };
    },

    reading({ frequency: f, difference: d, second: b }) {
      const tones = `${text(f)} Hz and ${text(f + d, 1)} Hz`;
      if (!b) return `${text(f)} Hz alone: nothing beats.`;
      if (!d) return `${tones}: nothing beats.`;
      const depth = 20 * Math.log10((100 + b) / (100 - b));
      const swing = b < 100 ? `by ${text(depth, 1)} dB` : "down to silence";
      return `${tones}: ${text(d, 1)} beats a second, each ${swing}.`;
    },

    draw(plot, v, c) {
      const axes = { x: [0, 1], y: [-0.3, 0.3], xlabel: "time in seconds", ylabel: "amplitude" };
      const [panel] = plot.panels(axes), blue = { colour: "blue" }, orange = { colour: "orange" };
      panel.bars(c.time, c.low, c.high, COLUMN / RATE, blue);
      panel.line(c.envelope_time, c.envelope, orange);
      panel.line(c.envelope_time, c.envelope.map((y) => -y), orange);
      panel.legend([["both tones", blue, "bars"], ["envelope", orange]]);
    },
  };
});
