// Attention over a melody: see ATTENDING in attending.py.
aigcFigures.define("attending", ({ fill, text, tunes }) => {
  const weights = (v, { codes, size, weights }) => {
    const bytes = atob(weights), row = (v.head * size + v.query) * size;
    return fill(codes.length, (s) => (s < size ? bytes.charCodeAt(row + s) / 255 : 0));
  };
  const sounding = (codes) => codes.reduce((row, code, t) => [...row, code === tunes.HOLD && t ? row[t - 1] : code], []);

  return {
    samples(v, data) {
      if (v.heard === "tune") return tunes.play(data.codes);
      const share = weights(v, data), gains = new Float64Array(share.length);
      for (const [t, length] of tunes.notes(data.codes)) gains[t] = Math.max(...share.subarray(t, t + length));
      const most = Math.max(...gains);
      return tunes.play(data.codes, gains.map((gain) => gain / most));
    },

    curves: (v, data) => ({ codes: [...data.codes], weights: weights(v, data) }),

    reading(v, c) {
      const best = c.weights.indexOf(Math.max(...c.weights)), back = v.query - best;
      const sum = c.weights.reduce((a, b) => a + b, 0), share = text((100 * c.weights[best]) / Math.max(sum, 1e-9));
      const where = back === 0 ? "itself" : `number ${best}, ${Math.abs(back)} ${back > 0 ? "back" : "ahead"}`;
      return `The query, code number ${v.query}, looks most at ${where}: ${share} % of its weight.`;
    },

    // While the tune plays, the query goes along with it.
    follow(v, data, seconds) {
      if (v.heard !== "tune") return null;
      return { query: Math.min(data.size - 1, Math.floor(seconds / tunes.STEP)) };
    },

    draw(plot, v, c) {
      const count = c.codes.length, x = [-0.6, count - 0.4], heights = sounding(c.codes);
      const time = fill(count, (t) => t), xlabel = "code number", orange = { colour: "orange" };
      const [upper, lower] = plot.panels(
        { x, y: [-0.5, 15], xlabel, ylabel: "step of the scale" },
        { x, y: [0, 1], xlabel, ylabel: "weight" },
      );
      upper.dots(time, heights, { colour: "grey", radius: 1.8 });
      heights.forEach((height, t) => {
        if (c.weights[t] > 0) upper.dots([t], [height], { ...orange, radius: 9 * Math.sqrt(c.weights[t]) });
      });
      upper.dots([v.query], [heights[v.query]], { radius: 4 });
      upper.legend([["looked at", orange, "dots"], ["the query", {}, "dots"]]);
      lower.bars(time.map((t) => t - 0.4), fill(count, () => 0), c.weights, 0.8, orange);
      lower.line([v.query, v.query], [0, 1], { width: 1 });
    },
  };
});
