// Aliasing: see ALIASING in sampling.py.
aigcFigures.define("aliasing", ({ fill, linspace, text }) => {
  const tau = 2 * Math.PI, cosine = (f, times) => times.map((u) => Math.cos(tau * f * u));
  const alias = ({ frequency: f, rate }) => Math.abs(f - rate * Math.round(f / rate));

  return {
    samples(v) {
      const pitch = v.heard === "samples" ? alias(v) : v.frequency;
      return fill(32000, (n) => 0.25 * Math.cos((tau * pitch * n) / 32000));
    },

    curves(v) {
      const u = linspace(0, 2e-3, 601);
      const count = Math.floor((v.rate * 2) / 1000) + 1;
      const dots = fill(count, (t) => t / v.rate);
      return {
        time: u.map((x) => 1e3 * x), tone: cosine(v.frequency, u), alias: cosine(alias(v), u),
        dot_time: dots.map((x) => 1e3 * x), dots: cosine(v.frequency, dots),
      };
    },

    reading(v) {
      const tone = `${text(v.frequency)} Hz`, dots = `${text(v.rate)} samples`, low = alias(v);
      if (v.frequency <= v.rate / 2) {
        return `${tone} fit into ${dots} a second: the samples stand for the tone itself.`;
      }
      const heard = low ? `for ${text(low)} Hz` : "for no swing at all";
      return `${tone} are too high for ${dots} a second: the samples stand ${heard}.`;
    },

    draw(plot, v, c) {
      const axes = { x: [0, 2], y: [-1.15, 1.15], xlabel: "time in milliseconds", ylabel: "amplitude" };
      const [panel] = plot.panels(axes), orange = { colour: "orange" };
      const blue = { colour: "blue", dash: [7, 4], width: 2.2 };
      panel.line(c.time, c.tone, orange);
      panel.line(c.time, c.alias, blue);
      panel.dots(c.dot_time, c.dots, {});
      panel.legend([["the tone", orange], [`${text(alias(v))} Hz`, blue], ["samples", {}, "dots"]]);
    },
  };
});
