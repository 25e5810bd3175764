// Stages of a training, computed by the notebook: see stages.py.
aigcFigures.define("stages", ({ fill }) => {
  const SHOWN = 800, FADE = 40, COLOURS = ["blue", "orange", "green", "purple", "ochre"];
  const DASHES = [[], [6, 4], [7, 3, 2, 3], [2, 3]];
  const LEVELS = fill(256, (code) => {
    const y = (2 * code - 255) / 255;
    return (Math.sign(y) * (256 ** Math.abs(y) - 1)) / 255;
  });

  // The samples of mu-law codes, each a byte, in base64, faded in and out.
  function heard(v, { sounds }) {
    const rows = sounds[v.heard], letters = atob(rows[rows.length > 1 ? v.stage : 0]);
    const last = letters.length - 1;
    return fill(letters.length, (n) =>
      LEVELS[letters.charCodeAt(n)] * Math.min(1, (Math.min(n, last - n) + 1) / FADE));
  }
  const named = (mark) => typeof mark === "string";

  return {
    samples: heard,

    curves(v, data) {
      const x = heard(v, data), size = Math.ceil(x.length / SHOWN), count = Math.ceil(x.length / size);
      const pieces = Array.from({ length: count }, (_, n) => x.slice(n * size, (n + 1) * size));
      const mark = data.marks[v.stage], lines = data.lines.map(([name]) => name);
      const seen = {
        time: fill(count, (n) => (n * size) / data.rate),
        low: pieces.map((piece) => Math.min(...piece)), high: pieces.map((piece) => Math.max(...piece)),
        mark: [named(mark) ? lines.indexOf(mark) : mark],
      };
      // Several such figures stand on a page: each keeps its own data beside what is compared.
      return Object.defineProperty(seen, "given", { value: data });
    },

    reading: (v, { given }) => given.readings[v.stage],

    draw(plot, v, c) {
      const { given } = c, ends = given.lines.flatMap(([, x]) => [...x]), mark = given.marks[v.stage];
      const [upper, lower] = plot.panels(
        { x: [0, c.time[c.time.length - 1]], y: [-1, 1], xlabel: "time in seconds", ylabel: "amplitude" },
        {
          x: [Math.min(...ends), Math.max(...ends)], y: given.limits,
          xlabel: given.axes[0], ylabel: given.axes[1],
        },
      );
      const wide = c.time[1] - c.time[0];
      upper.bars(c.time, [...c.low].map((x) => x - 0.006), [...c.high].map((x) => x + 0.006), wide, { colour: "blue" });
      const style = (n) => ({ colour: COLOURS[n % 5], dash: DASHES[n % 4] });
      given.lines.forEach(([name, x, y], n) =>
        lower.line(x, y, { ...style(n), width: name === mark ? 3 : 1.5 }));
      if (!named(mark)) lower.line([mark, mark], given.limits, { dash: [2, 3] });
      lower.legend(given.lines.map(([name], n) => [name, style(n)]));
    },
  };
});
