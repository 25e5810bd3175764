// A map of sounds by each embedding, and a seed's neighbours: see neighbours.py.
aigcFigures.define("neighbours", ({ expand }) => {
  const row = (v, data) => data.lists[`${v.by}/${v.seed}`];
  const span = (values) => {
    const low = Math.min(...values), high = Math.max(...values), room = 0.08 * (high - low) || 1;
    return [low - room, high + room];
  };

  return {
    samples: (v, data) => expand(data.clips[row(v, data)[v.place]]),

    curves(v, data) {
      const list = row(v, data), points = data.points[v.by], { groups } = data;
      return {
        x: Float64Array.from(points, ([x]) => x),
        y: Float64Array.from(points, ([, y]) => y),
        own: Float64Array.from(groups, (group) => Number(group === groups[list[0]])),
        found: Float64Array.from(list),
        now: Float64Array.of(list[v.place]),
      };
    },

    reading: (v, c, data) => data.said[`${v.by}/${v.seed}/${v.place}`],

    draw(plot, v, c) {
      const axes = { x: span(c.x), y: span(c.y), xlabel: "first direction", ylabel: "second direction" };
      const [panel] = plot.panels(axes), all = [...c.x.keys()];
      const put = (numbers, style) => panel.dots(numbers.map((n) => c.x[n]), numbers.map((n) => c.y[n]), style);
      put(all.filter((n) => !c.own[n]), { colour: "grey", radius: 2 });
      put(all.filter((n) => c.own[n]), { colour: "orange", radius: 3.5 });
      panel.inside({ width: 1.6 }, (pen) => {
        for (const n of c.found) {
          pen.beginPath();
          pen.arc(panel.x(c.x[n]), panel.y(c.y[n]), 7, 0, 2 * Math.PI);
          pen.stroke();
        }
      });
      put([...c.now], { colour: "blue", radius: 5 });
      panel.legend([
        ["seed's", { colour: "orange" }, "dots"],
        ["heard", { colour: "blue" }, "dots"],
      ]);
    },
  };
});
