// Drawing a code: see drawing_of in drawn_codes.py.
aigcFigures.define("drawing", ({ fill, uniform, text }) => {
  const HEARD = 4000, NARROWEST = 24, TAIL = 0.002, MU = 255;
  const AS_IT_IS = { temperature: 1, top_k: 256, top_p: 1 };

  const amplitude = (code) => {
    const y = (2 * code - MU) / MU;
    return (Math.sign(y) * Math.expm1(Math.abs(y) * Math.log1p(MU))) / MU;
  };

  const cumulated = (row) => {
    let sum = 0;
    return row.map((value) => (sum += value));
  };

  function bent(logits, { temperature, top_k, top_p }) {
    const most = Math.max(...logits), p = logits.map((l) => Math.exp((l - most) / temperature));
    const ordered = [...p].sort((a, b) => b - a).slice(0, top_k), sums = cumulated(ordered);
    const short = sums.filter((sum) => sum < top_p * sums[sums.length - 1]).length;
    const least = ordered[Math.min(short, ordered.length - 1)];
    const kept = p.map((value) => (value >= least ? value : 0)), total = kept.reduce((sum, value) => sum + value, 0);
    return kept.map((value) => value / total);
  }

  // The number of the first sum above the chance; above all of them, the last.
  function first(sums, chance) {
    let low = 0, high = sums.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle] > chance) high = middle;
      else low = middle + 1;
    }
    return low;
  }
  const drawn = (sums, chance) => first(sums, chance * sums[sums.length - 1]);
  const reached = (sums, share) => {
    const found = sums.findIndex((sum) => sum >= share);
    return found < 0 ? sums.length : found;
  };

  return {
    samples(v, { logits }) {
      const sums = cumulated(bent(logits[v.moment], { ...AS_IT_IS, ...v }));
      const x = uniform(HEARD, 0).map((chance) => amplitude(drawn(sums, chance + 0.5)));
      const mean = x.reduce((sum, value) => sum + value, 0) / HEARD;
      return x.map((value) => Math.max(-1, Math.min(1, value - mean)));
    },

    curves(v, { logits }) {
      const before = bent(logits[v.moment], AS_IT_IS), p = bent(logits[v.moment], { ...AS_IT_IS, ...v });
      const sums = cumulated(p), [from, to] = [TAIL, 1 - TAIL].map((share) => reached(cumulated(before), share));
      const wider = Math.floor(Math.max(0, NARROWEST - (to - from)) / 2);
      const low = Math.max(0, from - wider), high = Math.min(255, to + wider), code = drawn(sums, v.u);
      const shown = (row) => row.slice(low, high + 1);
      return {
        before: shown(before), after: shown(p), sums: shown(sums), low: [low], code: [code], share: [p[code]],
        bits: [-p.reduce((sum, value) => sum + (value ? value * Math.log2(value) : 0), 0)],
        left: [p.filter((value) => value > 0).length],
      };
    },

    reading(v, c) {
      const [code] = c.code, [left] = c.left, many = left === 1 ? "1 code" : `${left} codes`;
      return `u = ${text(v.u, 2)} draws code ${code}, an amplitude of ${text(amplitude(code), 3)}, which has `
        + `a probability of ${text(100 * c.share[0], 1)} %. ${many} can be drawn; `
        + `the entropy is ${text(Math.abs(c.bits[0]), 1)} bits.`;
    },

    draw(plot, v, c) {
      const count = c.after.length, codes = fill(count, (n) => c.low[0] + n), none = fill(count, () => 0);
      const percent = (row) => row.map((value) => 100 * value);
      const x = [codes[0] - 0.5, codes[count - 1] + 0.5], most = 108 * Math.max(...c.before, ...c.after);
      const [upper, lower] = plot.panels(
        { x, y: [0, most], xlabel: "code", ylabel: "per cent" },
        { x, y: [0, 1.05], xlabel: "code", ylabel: "cumulated" },
      );
      const blue = { colour: "blue" }, orange = { colour: "orange" }, grey = { colour: "grey" };
      const left = codes.map((code) => code - 0.5);
      upper.bars(left, none, percent(c.after), 1, blue);
      upper.bars([c.code[0] - 0.5], [0], percent(c.share), 1, orange);
      upper.steps(codes, percent(c.before), { ...grey, width: 1.2 });
      upper.legend([["as trained", grey], ["drawn from", blue, "bars"], ["drawn", orange, "bars"]]);
      lower.steps(codes, c.sums, blue);
      lower.line([x[0], c.code[0], c.code[0]], [v.u, v.u, 0], { ...orange, dash: [6, 4] });
      lower.dots([c.code[0]], [v.u], orange);
      lower.legend([["sum of the probabilities", blue], ["u", { ...orange, dash: [6, 4] }]]);
    },
  };
});
