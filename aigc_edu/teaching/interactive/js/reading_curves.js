// Unnamed trainings, and what is the matter with them: see reading_curves.py.
aigcFigures.define("reading_curves", ({ decode }) => {
  const known = new Map();
  const numbers = (code) => known.get(code) || known.set(code, decode(code)).get(code);
  const BLUE = { colour: "blue" }, ORANGE = { colour: "orange", dash: [6, 4] };
  const GREEN = { colour: "green" }, ANCHORS = [{ dash: [2, 3] }, { dash: [7, 3, 2, 3] }];

  // The ends of the losses, with some room.
  function ends(rows) {
    const all = rows.flatMap((row) => [...row]), low = Math.min(...all), high = Math.max(...all);
    const room = 0.05 * (high - low) + 1e-3;
    return [low - room, high + room];
  }

  return {
    samples: (v, data) => numbers(data.clips[v.run][v.stage]),

    curves: (v, data) => ({ ...data.lines[v.run], mark: [data.stages[v.stage]] }),

    reading(v, c, data) {
      const told = data.sentences[v.run][v.stage];
      if (v.said === data.open) return told;
      return `${told} ${v.said === data.states[v.run] ? `Yes: ${data.why[v.run]}` : data.wrong}`;
    },

    draw(plot, v, c, data) {
      const x = [0, data.stages[data.stages.length - 1]], losses = ends([c.critic, c.generator]);
      const [upper, lower] = plot.panels(
        { x, y: losses, xlabel: "step", ylabel: "loss" },
        { x, y: [0, data.top], xlabel: "step", ylabel: "distance" },
      );
      upper.line(c.step, c.critic, BLUE);
      upper.line(c.step, c.generator, ORANGE);
      upper.line([c.mark[0], c.mark[0]], losses, { dash: [2, 3] });
      upper.legend([["critic", BLUE], ["generator", ORANGE]]);
      lower.line(data.stages, c.distance, GREEN);
      data.anchors.forEach(([, value], n) => lower.line(x, [value, value], ANCHORS[n % 2]));
      lower.line([c.mark[0], c.mark[0]], [0, data.top], { dash: [2, 3] });
      lower.legend([["made", GREEN], ...data.anchors.map(([name], n) => [name, ANCHORS[n % 2]])]);
    },
  };
});
