// Values that move through dilated layers: see CAUSAL_FLOW in causal_flow.py.
aigcFigures.define("causal_flow", ({ fill, text }) => {
  const FIRST = 1912, COLUMNS = 32, FADE = 40, SILENCE = 100, TALL = 0.42;
  const WEIGHTS = { smooth: [0.25, 0.5, 0.25], ends: [0.5, 0, 0.5], change: [-0.5, 1, -0.5] };

  // How far back the values lie that a layer reads, in steps; less than 0: ahead.
  function reads(layer, mode) {
    const d = 2 ** (layer - 1);
    return mode === "causal" ? [0, d, 2 * d] : [-d, 0, d];
  }

  // What the layers write: a row for each, the input first.
  function flow(x, { layers, weights, mode }) {
    const rows = [x];
    for (let layer = 1; layer <= layers; layer++) {
      const below = rows[layer - 1], lags = reads(layer, mode);
      rows.push(fill(x.length, (t) => lags.reduce((sum, back, i) => {
        const there = back >= 0 || mode === "whole";
        return sum + (there ? WEIGHTS[weights][i] * (below[t - back] || 0) : 0);
      }, 0)));
    }
    return rows;
  }

  return {
    samples(v, { word }) {
      const y = flow(word, v)[v.layers], length = FIRST + v.time + 1;
      const row = new Float64Array(length + 2 * SILENCE);
      for (let n = 0; n < length; n++) {
        row[SILENCE + n] = y[n] * Math.min(1, (Math.min(n, length - 1 - n) + 1) / (FADE + 1));
      }
      return row;
    },

    curves(v, { word }) {
      const rows = flow(word, v), whole = v.mode === "whole";
      const seen = (row) => row.subarray(FIRST, FIRST + COLUMNS);
      const there = fill((v.layers + 1) * COLUMNS, (n) => Number(whole || n % COLUMNS <= v.time));
      const steps = [], read = [];
      for (let layer = 1; layer <= v.layers; layer++) {
        for (const back of reads(layer, v.mode)) {
          const step = v.time - back;
          steps.push(step);
          read.push(step <= v.time || whole ? rows[layer - 1][FIRST + step] : 0);
        }
      }
      return {
        values: rows.flatMap((row) => [...seen(row)]).map((value, n) => value * there[n]),
        there, steps, read,
        written: rows.map((row) => row[FIRST + v.time]),
        largest: rows.map((row) => Math.max(...seen(row).map(Math.abs))),
      };
    },

    reading(v, c) {
      const top = v.layers, steps = c.steps.slice(-3), read = c.read.slice(-3);
      const below = top === 1 ? "the input" : `layer ${top - 1}`;
      const values = steps.map((step, i) => `${text(read[i], 2)} (step ${text(step)})`);
      const end = {
        causal: "None of them lies ahead.",
        whole: `Step ${text(steps[0])} lies ahead: this works only while the whole sound is known.`,
        live: `Step ${text(steps[0])} isn't there yet and counts as 0.`,
      }[v.mode];
      return `Step ${v.time}: layer ${top} reads ${values[0]}, ${values[1]} and ${values[2]} of ${below}, `
        + `and writes ${text(c.written[top], 2)}. ${end}`;
    },

    draw(plot, v, c) {
      const rows = [...Array(v.layers + 1).keys()], columns = [...Array(COLUMNS).keys()];
      const [panel] = plot.panels({
        x: [-0.7, COLUMNS - 0.3], y: [-0.6, v.layers + 0.6], right: 62,
        yticks: rows.map((n) => [n, n ? String(n) : "input"]), xlabel: "time step", ylabel: "layer",
      });
      const orange = { colour: "orange" }, scale = c.largest.map((most) => TALL / Math.max(most, 1e-9));
      for (const row of rows) {
        const at = (n) => row * COLUMNS + n, height = (n) => row + scale[row] * c.values[at(n)];
        const stems = (some, colour) =>
          panel.segments(some.map((n) => [[n, row], [n, height(n)]]), { colour, width: 2.5 });
        stems(columns.filter((n) => c.there[at(n)] && n <= v.time), "blue");
        stems(columns.filter((n) => c.there[at(n)] && n > v.time), "grey");
        const missing = columns.filter((n) => !c.there[at(n)]);
        panel.dots(missing, missing.map(() => row), { colour: "grey", radius: 1.2 });
      }
      const below = (k) => Math.floor(k / 3), ends = rows.map((n) => n + scale[n] * c.written[n]);
      const from = c.steps.map((step, k) => [step, below(k) + scale[below(k)] * c.read[k]]);
      panel.segments(from.map((end, k) => [end, [v.time, ends[below(k) + 1]]]), { ...orange, width: 1.1 });
      const late = (step) => v.mode === "live" && step > v.time;
      const dots = (points, style) => panel.dots(points.map((p) => p[0]), points.map((p) => p[1]), style);
      dots(from.filter(([step]) => !late(step)), orange);
      dots(from.filter(([step]) => late(step)), { colour: "purple", radius: 4.5 });
      dots(rows.slice(1).map((n) => [v.time, ends[n]]), { radius: 4.5 });
      const missed = v.mode === "live" ? [["not there yet", { colour: "purple" }, "dots"]] : [];
      panel.legend([["read", orange, "dots"], ...missed, ["written", {}, "dots"]]);
      panel.column("value", rows.map((n) => [text(c.written[n], 2), n]));
    },
  };
});
