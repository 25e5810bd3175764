// A plate that is struck: see STRUCK in struck.py.
aigcFigures.define("struck", ({ fill, linspace, text }) => {
  const RATE = 16000, COUNT = 16000, PEAK = 0.35, HIGHEST = 7000, MOST = 40, FLOOR = -60;
  const WIDE = 0.62, FLAT = 100, ACROSS = 0.37, FALL = Math.log(1e3), SOFTEST = 4e-3, HARDEST = 5e-5;
  const db = (ratio) => Math.max(FLOOR, 20 * Math.log10(ratio + 1e-30));

  // The modes, the lowest first: see modal.py.
  function modes(v, { materials }) {
    const [stiff, density, poisson, loss] = materials[v.material], long = v.size / 100, wide = WIDE * long;
    const scale = ((Math.PI / 2) * long / FLAT) * Math.sqrt(stiff / (12 * density * (1 - poisson ** 2)));
    const [m, n] = [long, wide].map((side) => Math.max(1, Math.floor(side * Math.sqrt(HIGHEST / scale))));
    const found = [];
    for (let b = 1; b <= n; b++) {
      for (let a = 1; a <= m; a++) {
        const f = scale * ((a / long) ** 2 + (b / wide) ** 2);
        const gain = Math.sin((Math.PI * a * v.place) / 100) * Math.sin(Math.PI * b * ACROSS);
        if (f <= HIGHEST) found.push({ f, gain, lasting: FALL / (Math.PI * loss * f) });
      }
    }
    return found.sort((one, other) => one.f - other.f).slice(0, MOST);
  }

  function push(hardness) {
    const length = SOFTEST * (HARDEST / SOFTEST) ** hardness * RATE;
    const edge = (n) => Math.cos(Math.PI * Math.min(n / length, 1));
    return fill(Math.ceil(length), (n) => (edge(n) - edge(n + 1)) / 2);
  }

  // The size of the push's spectrum at a frequency.
  function gainAt(p, f) {
    let re = 0, im = 0;
    p.forEach((x, n) => {
      re += x * Math.cos((2 * Math.PI * f * n) / RATE);
      im += x * Math.sin((2 * Math.PI * f * n) / RATE);
    });
    return Math.hypot(re, im);
  }

  return {
    samples(v, data) {
      const x = new Float64Array(COUNT), p = push(v.hardness);
      for (const { f, gain, lasting } of modes(v, data)) {
        const stop = Math.min(COUNT, Math.floor(1.5 * lasting * RATE) + 1);
        for (let n = 0; n < stop; n++) {
          x[n] += gain * Math.sin((2 * Math.PI * f * n) / RATE) * Math.exp((-FALL * n) / RATE / lasting);
        }
      }
      const y = fill(COUNT, (n) => p.reduce((sum, w, k) => sum + (k <= n ? w * x[n - k] : 0), 0));
      const peak = y.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
      return y.map((one, n) => ((one * PEAK) / peak) * Math.min(1, (COUNT - 1 - n) / 160));
    },

    curves(v, data) {
      const all = modes(v, data), p = push(v.hardness), axis = linspace(0, HIGHEST, 141);
      const level = all.map(({ f, gain }) => Math.abs(gain) * gainAt(p, f)), top = Math.max(...level);
      return {
        frequency: fill(all.length, (k) => all[k].f / 1000),
        level: fill(all.length, (k) => db(level[k] / top)),
        lasting: fill(all.length, (k) => Math.min(1000 * all[k].lasting, 1e5)),
        axis: axis.map((f) => f / 1000),
        push: axis.map((f) => db(gainAt(p, f))),
      };
    },

    reading(v, c) {
      const heard = c.level.filter((level) => level > -40).length, k = c.level.indexOf(Math.max(...c.level));
      return `${c.level.length} modes, the lowest at ${text(1000 * c.frequency[0])} Hz; ${text(heard)} of them within 40 dB. `
        + `The strongest, at ${text(1000 * c.frequency[k])} Hz, falls by 60 dB in ${text(c.lasting[k])} ms.`;
    },

    draw(plot, v, c) {
      const x = [0, HIGHEST / 1000], blue = { colour: "blue", width: 1.8 }, orange = { colour: "orange", dash: [6, 3] };
      const longest = Math.log10(Math.max(...c.lasting)), shortest = Math.log10(Math.min(...c.lasting));
      const decades = [0, 1, 2, 3, 4, 5].filter((d) => d >= Math.floor(shortest) && d <= Math.ceil(longest + 0.01));
      const [upper, lower] = plot.panels(
        { x, y: [FLOOR, 6], xlabel: "", ylabel: "level in dB" },
        {
          x, y: [decades[0], decades[decades.length - 1] + 0.01], xlabel: "frequency in kHz", ylabel: "ms for 60 dB",
          yticks: decades.map((d) => [d, text(10 ** d)]),
        },
      );
      upper.segments([...c.frequency].map((f, k) => [[f, FLOOR], [f, c.level[k]]]), blue);
      upper.line(c.axis, c.push, orange);
      upper.legend([["modes", blue], ["the push", orange]]);
      lower.dots(c.frequency, c.lasting.map(Math.log10), { colour: "blue", radius: 2.6 });
    },
  };
});
