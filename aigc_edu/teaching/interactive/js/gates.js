// A memory cell with gates: see GATES in gates.py.
aigcFigures.define("gates", ({ fill, text }) => {
  // The gates of a cell: forget gates, then input gates, a number for each step.
  function gates({ cell }, data) {
    const bytes = atob(data.gates), at = (n) => bytes.charCodeAt(n) / 255, { steps } = data;
    return [0, 1].map((kind) => fill(steps, (t) => at((2 * (cell - 1) + kind) * steps + t)));
  }

  // What the cell holds of each step at a moment, the largest part 1.
  function share(v, data) {
    const [forget, letIn] = gates(v, data), row = new Float64Array(data.steps);
    for (let t = v.moment - 1, kept = 1; t >= 0; t--) {
      row[t] = letIn[t] * kept;
      kept *= forget[t];
    }
    const most = Math.max(1e-9, ...row);
    return row.map((value) => value / most);
  }

  return {
    samples(v, data) {
      if (v.heard === "all") return data.word;
      const held = share(v, data), last = data.steps - 1, each = data.word.length / data.steps;
      return data.word.map((value, n) => {
        if (n >= v.moment * each) return 0;
        const place = Math.min(last, Math.max(0, n / each - 0.5)), k = Math.min(last - 1, Math.floor(place));
        return value * (held[k] + (place - k) * (held[k + 1] - held[k]));
      });
    },

    curves(v, data) {
      const [forget, letIn] = gates(v, data), held = share(v, data);
      const edge = (t) => Math.round((t * data.word.length) / data.steps);
      let whole = 0, back = 0, half = 1;
      for (let t = 0; t < v.moment; t++) whole += held[t];
      for (let t = v.moment - 1; t >= 0 && (back += held[t]) < whole / 2; t--) half++;
      return {
        peaks: fill(data.steps, (t) => {
          let most = 0;
          for (let n = edge(t); n < edge(t + 1); n++) most = Math.max(most, Math.abs(data.word[n]));
          return most;
        }),
        share: held, forget, input: letIn, half: [half], seconds: [data.word.length / data.rate],
      };
    },

    reading(v, c) {
      const kept = c.forget.reduce((sum, value) => sum + value, 0) / c.forget.length;
      return `Cell ${v.cell} keeps ${text(100 * kept)} % a step on average. At step ${v.moment}, half of `
        + `what it holds is from the last ${text(c.half[0])} of ${v.moment} steps.`;
    },

    draw(plot, v, c) {
      const steps = c.share.length, seconds = c.seconds[0], wide = seconds / steps, now = v.moment * wide;
      const starts = fill(steps, (t) => t * wide), time = starts.map((start) => start + wide / 2);
      const loudest = 1.05 * Math.max(...c.peaks), x = [0, seconds], xlabel = "time in seconds";
      const [upper, lower] = plot.panels(
        { x, y: [-loudest, loudest], xlabel, ylabel: "amplitude" },
        { x, y: [-0.02, 1.02], xlabel, ylabel: "how far open" },
      );
      const bars = (half, style) => upper.bars(starts, half.map((value) => -value), half, wide, style);
      bars(c.peaks, { colour: "grey" });
      bars(c.peaks.map((peak, t) => peak * c.share[t]), { colour: "orange" });
      upper.legend([["said", { colour: "grey" }, "bars"], ["held", { colour: "orange" }, "bars"]]);
      const green = { colour: "green", dash: [5, 4] };
      lower.line(time, c.forget, { colour: "blue" });
      lower.line(time, c.input, green);
      lower.legend([["forget gate", { colour: "blue" }], ["input gate", green]]);
      upper.line([now, now], [-loudest, loudest], {});
      lower.line([now, now], [-1, 2], {});
    },
  };
});
