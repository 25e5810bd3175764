// The receptive field of stacked causal convolutions: see RECEPTIVE_FIELD in convolution.py.
aigcFigures.define("receptive_field", ({ fill, text }) => {
  const MOST = 8, NARROW = 32, WIDE = 64, BACK = 15, POINT = 1932, FADE = 40, SILENCE = 100;
  const RULES = {
    double: (n) => 2 ** n, anew: (n) => 2 ** (n % 4), constant: () => 1, triple: (n) => 3 ** n,
  };
  const NAMES = { double: "doubling", anew: "started anew", triple: "tripling" };
  const dilations = (pattern, layers) => Array.from({ length: layers }, (_, n) => RULES[pattern](n));
  const field = (spread, kernel) => 1 + (kernel - 1) * spread.reduce((sum, d) => sum + d, 0);

  // Which nodes have a path to the last output: a row for each layer, the inputs first.
  function reaching(spread, kernel) {
    const size = field(spread, kernel);
    const nodes = Array.from({ length: spread.length + 1 }, () => new Uint8Array(size));
    nodes[spread.length][size - 1] = 1;
    for (let layer = spread.length; layer > 0; layer--) {
      nodes[layer].forEach((there, n) => {
        for (let tap = 0; there && tap < kernel; tap++) nodes[layer - 1][n - tap * spread[layer - 1]] = 1;
      });
    }
    return nodes;
  }
  const stack = (v) => reaching(dilations(v.pattern, v.layers), v.kernel);

  // What of the stack is in the picture: a row for each layer, [time, whether it is reached] each.
  function view(v) {
    const nodes = stack(v), size = nodes[0].length;
    const columns = size + BACK <= NARROW ? NARROW : WIDE;
    return nodes.map((row) => fill(columns, (n) => row[size + n - columns - v.output] || 0));
  }

  return {
    samples(v, { word }) {
      const [inputs] = stack(v), end = POINT + v.output, size = inputs.length;
      const length = v.heard === "word" ? end : Math.min(end, size);
      const fade = Math.min(FADE, Math.floor(length / 4)), row = new Float64Array(length + 2 * SILENCE);
      for (let n = 0; n < length; n++) {
        const gain = Math.min(1, (Math.min(n, length - 1 - n) + 1) / (fade + 1));
        const heard = v.heard !== "reached" || inputs[size - length + n];
        row[SILENCE + n] = heard ? word[end - length + n] * gain : 0;
      }
      return row;
    },

    curves(v) {
      const rows = view(v), columns = rows[0].length, spread = dilations(v.pattern, v.layers);
      const lines = [];
      rows.forEach((row, layer) => row.forEach((there, n) => {
        const time = n - columns + 1;
        for (let tap = 0; layer && there && tap < v.kernel; tap++) {
          lines.push([time - tap * spread[layer - 1], time, layer]);
        }
      }));
      const layers = fill(MOST, (n) => n + 1), along = (pattern) =>
        layers.map((count) => field(dilations(pattern, count), v.kernel));
      return {
        reached: rows.flatMap((row) => [...row]),
        from_time: lines.map((line) => line[0]), to_time: lines.map((line) => line[1]),
        to_layer: lines.map((line) => line[2]),
        layers, field: along(v.pattern), constant: along("constant"),
        never: [stack(v)[0].filter((there) => !there).length],
      };
    },

    reading(v, c) {
      const size = c.field[v.layers - 1], ms = size / 8, never = c.never[0];
      const spread = dilations(v.pattern, v.layers).map((d) => text(d)).join(" + ");
      const digits = Number.isInteger(ms) || ms >= 100 ? 0 : ms > 1 ? 1 : 2;
      const missed = `${text(never)} of them never ${never === 1 ? "reaches" : "reach"} it`;
      const shown = c.reached.length / (v.layers + 1) + v.output, point = POINT + v.output;
      const word = size > point ? `, the sound the last ${text(point)}` : "";
      const rest = size > shown ? ` The picture shows the last ${shown} of them${word}.` : "";
      return `R = 1 + (${v.kernel} \u2212 1)(${spread}) = ${text(size)} samples, `
        + `${text(ms, digits)} ms at 8,000 a second; `
        + `${never ? missed : "every one of them reaches the output"}.${rest}`;
    },

    draw(plot, v, c) {
      const count = v.layers + 1, columns = c.reached.length / count, rows = [...Array(count).keys()];
      const powers = [0, 1, 2, 3, 4];
      const [upper, lower] = plot.panels(
        {
          x: [0.3 - columns, 0.7], y: [-0.6, v.layers + 0.6], right: 62,
          yticks: rows.map((n) => [n, n ? String(n) : "input"]),
          xlabel: "time in samples", ylabel: "layer",
        },
        {
          x: [0.5, MOST + 0.5], y: [0, 4], yticks: powers.map((n) => [n, text(10 ** n)]),
          xlabel: "number of layers", ylabel: "R",
        },
      );
      const blue = { colour: "blue" }, orange = { colour: "orange" }, grey = { colour: "grey", dash: [5, 4] };
      const nodes = (wanted) => [...c.reached.keys()].filter((n) => wanted(c.reached[n], n < columns));
      const dots = (chosen, style) =>
        upper.dots(chosen.map((n) => (n % columns) - columns + 1), chosen.map((n) => Math.floor(n / columns)), style);
      const ends = [...c.to_layer].map((to, n) => [[c.from_time[n], to - 1], [c.to_time[n], to]]);
      const small = columns === WIDE ? 0.75 : 1;
      upper.segments(ends, { ...blue, width: 1.1 });
      dots(nodes((there) => !there), { colour: "grey", radius: 1.6 * small });
      dots(nodes((there, input) => there && !input), { ...blue, radius: 3 * small });
      dots(nodes((there, input) => there && input), { ...orange, radius: 3.5 * small });
      upper.dots([v.output], [v.layers], { radius: 4.5 });
      upper.legend([["inputs that reach it", orange, "dots"], ["the output", {}, "dots"]]);
      upper.column("dilation", dilations(v.pattern, v.layers).map((d, n) => [text(d), n + 1]));

      const logs = (values) => values.map((value) => Math.log10(value));
      lower.line(c.layers, logs(c.constant), grey);
      const named = v.pattern === "constant" ? [] : [[NAMES[v.pattern], blue]];
      if (named.length) lower.line(c.layers, logs(c.field), blue), lower.dots(c.layers, logs(c.field), { ...blue, radius: 2.5 });
      lower.dots([v.layers], logs([c.field[v.layers - 1]]), { radius: 4.5 });
      lower.legend([["constant", grey], ...named, ["here", {}, "dots"]]);
    },
  };
});
