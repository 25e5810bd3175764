// Truncated backpropagation: see TRUNCATION in truncation.py.
aigcFigures.define("truncation", ({ fill, text }) => {
  const LENGTH = 4096, FRAMES = [16, 4], QUIET = 0.1, FADE = 40, EACH = 16, LOW = 4, HIGH = 12;
  const begin = (time, chunk) => Math.floor(time / chunk) * chunk;
  const reach = (time, chunk) => Math.max(0, begin(time, chunk) - FRAMES[0] + 1);

  return {
    samples(v, { word }) {
      if (v.heard === "word") return word;
      const first = reach(v.time, v.chunk);
      return word.map((x, n) => x * Math.max(QUIET, 1 - Math.max(first - n, n - v.time, 0) / FADE));
    },

    curves(v, { word }) {
      const count = LENGTH / EACH, first = reach(v.time, v.chunk), end = (n) => n * EACH + EACH - 1;
      return {
        start: fill(count, (n) => n * EACH),
        peak: fill(count, (n) =>
          word.subarray(n * EACH, n * EACH + EACH).reduce((most, x) => Math.max(most, Math.abs(x)), 0)),
        reached: fill(count, (n) => (end(n) >= first && n * EACH <= v.time ? 1 : 0)),
        back: fill(count, (n) => Math.log2(end(n) - reach(end(n), v.chunk) + 1)),
        whole: fill(count, (n) => Math.log2(end(n) + 1)),
        now: [v.time, first],
        steps: FRAMES.map((f) => 1 + Math.floor(v.time / f) - Math.floor(begin(v.time, v.chunk) / f)),
      };
    },

    reading(v, c) {
      const [time, first] = c.now, [slow, fast] = [...c.steps].map((steps) => text(steps));
      const carried = first
        ? `Of all before sample ${text(first)} only the states are carried over`
        : "It is all that there was";
      return `The loss at sample ${text(time)} teaches through ${text(time - first + 1)} samples, `
        + `${slow} of the slow GRU's steps and ${fast} of the fast one's. ${carried}. An update keeps `
        + `${text((100 * v.chunk) / LENGTH, 1)} % of the clip in memory.`;
    },

    draw(plot, v, c) {
      const x = [0, LENGTH], powers = [4, 6, 8, 10, 12], [time, first] = c.now;
      const [upper, lower] = plot.panels(
        { x, y: [-0.5, 0.5], xlabel: "sample", ylabel: "amplitude" },
        {
          x, y: [LOW, HIGH], xlabel: "sample", ylabel: "samples back",
          yticks: powers.map((p) => [p, text(2 ** p)]),
        },
      );
      const bars = (reached, style) => {
        const kept = [...c.start.keys()].filter((n) => !!c.reached[n] === reached);
        const peaks = kept.map((n) => c.peak[n]);
        upper.bars(kept.map((n) => c.start[n]), peaks.map((p) => -p), peaks, EACH, style);
      };
      bars(false, { colour: "grey" });
      bars(true, { colour: "orange" });
      if (v.chunk >= 128) {
        const borders = fill(LENGTH / v.chunk + 1, (n) => n * v.chunk);
        upper.segments([...borders].map((b) => [[b, -0.5], [b, 0.5]]), { width: 0.5, dash: [2, 3] });
      }
      const whole = { colour: "grey", dash: [5, 4] }, chunk = { colour: "blue" };
      upper.legend([["the gradient reaches", { colour: "orange" }, "bars"]]);
      lower.line(c.start, c.whole, whole);
      lower.line(c.start, c.back, chunk);
      lower.dots([time], [Math.log2(time - first + 1)], { colour: "orange", radius: 5 });
      lower.legend([["whole clip", whole], ["this chunk", chunk], ["this loss", { colour: "orange" }, "dots"]]);
    },
  };
});
