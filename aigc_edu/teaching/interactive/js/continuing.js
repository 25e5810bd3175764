// Tunes that a network continues: see CONTINUING in continuing.py.
aigcFigures.define("continuing", ({ fill, text, tunes }) => {
  const BAR = 8, place = (v, data) => data.temperatures.indexOf(v.temperature);
  const codes = (v, data) => data.tunes[place(v, data)][v.tune];

  // Which rules a tune keeps: bar 2 repeats 1, bar 3 answers 1, bar 4 repeats 3.
  function grade(row) {
    const bar = (n) => row.slice(n * BAR, (n + 1) * BAR), shift = row[2 * BAR] - row[0];
    const same = (a, b) => a.every((code, t) => code === b[t]);
    const moved = bar(0).map((code) => (code === tunes.HOLD ? code : code + shift));
    const near = shift !== 0 && Math.abs(shift) <= 2;
    return [same(bar(0), bar(1)), near && same(bar(2), moved), same(bar(2), bar(3))].map(Number);
  }

  return {
    samples: (v, data) => tunes.play(codes(v, data)),

    curves: (v, data) => {
      const row = codes(v, data);
      return { codes: row, kept: grade(row), shares: data.shares[place(v, data)] };
    },

    reading(v, c) {
      const kept = [...c.kept].map((one) => (one ? "yes" : "no")), all = [...c.shares].map((x) => `${text(100 * x)} %`);
      return `Bar 2 repeats bar 1: ${kept[0]} (${all[0]} of all tunes). Bar 3 answers it: ${kept[1]} `
        + `(${all[1]}). Bar 4 repeats bar 3: ${kept[2]} (${all[2]}).`;
    },

    // While it plays, a line goes along.
    follow: (v, data, seconds) => ({ now: Math.floor(seconds / tunes.STEP) }),

    draw(plot, v, c) {
      const count = c.codes.length, time = [...Array(count).keys()], heights = [];
      c.codes.forEach((code, t) => heights.push(code === tunes.HOLD && t ? heights[t - 1] : code));
      const [panel] = plot.panels({
        x: [-0.6, count - 0.4], y: [-0.5, 15], xlabel: "code number", ylabel: "step of the scale",
      });
      const grey = { colour: "grey", radius: 5 }, blue = { colour: "blue", radius: 5 };
      panel.dots(time.slice(0, BAR), heights.slice(0, BAR), grey);
      panel.dots(time.slice(BAR), heights.slice(BAR), blue);
      for (let t = BAR; t < count; t += BAR) panel.line([t - 0.5, t - 0.5], [-0.5, 15], { width: 1 });
      if (v.now >= 0 && v.now < count) panel.dots([v.now], [heights[v.now]], { colour: "orange", radius: 7 });
      panel.legend([["given", grey, "dots"], ["written", blue, "dots"]]);
    },
  };
});
