// µ-law against even steps: see MU_LAW in sampling.py.
aigcFigures.define("mu_law", ({ fill, snr, span, text }) => {
  const LEVELS = fill(17, (n) => -3 * n);
  const START = 1000, NAMES = { curved: "\u00b5-law", even: "even steps" };

  function coded({ coding, bits, level }, { word }) {
    const gain = 10 ** (level / 20), mu = 2 ** bits - 1, half = 2 ** (bits - 1);
    const even = (x) => Math.min(half - 1, Math.floor(x * half + 0.5)) / half;
    const curved = (x) => {
      const y = (Math.sign(x) * Math.log1p(mu * Math.abs(x))) / Math.log1p(mu);
      const back = (2 * Math.floor(((y + 1) / 2) * mu + 0.5) - mu) / mu;
      return (Math.sign(back) * Math.expm1(Math.abs(back) * Math.log1p(mu))) / mu;
    };
    const way = coding === "even" ? even : curved;
    return word.map((x) => way(x * gain) / gain);
  }

  return {
    samples: coded,

    curves(v, data) {
      const along = (coding) =>
        LEVELS.map((level) => snr(data.word, coded({ ...v, coding, level }, data)));
      return {
        time: fill(160, (n) => n / 8),
        before: data.word.subarray(START, START + 160),
        after: coded(v, data).subarray(START, START + 160),
        level: LEVELS, curved: along("curved"), even: along("even"),
      };
    },

    reading(v, c) {
      const at = (way) => `${text(c[way][-v.level / 3], 1)} dB with ${NAMES[way]}`;
      return `${v.bits} bits, recorded at ${text(v.level)} dB: an SNR of ${at("curved")}, ${at("even")}.`;
    },

    draw(plot, v, c) {
      const y = span([...c.before, ...c.after]);
      const all = [...c.curved, ...c.even], least = Math.min(0, ...all) - 3;
      const [upper, lower] = plot.panels(
        { x: [0, 20], y, xlabel: "time in milliseconds", ylabel: "amplitude" },
        { x: [1, -49], y: [least, Math.max(...all) + 3], xlabel: "level of the recording in dB", ylabel: "SNR in dB" },
      );
      const blue = { colour: "blue" }, green = { colour: "green", dash: [7, 4] };
      const orange = { colour: "orange", dash: [3, 3] };
      upper.steps(c.time, c.after, blue);
      upper.line(c.time, c.before, orange);
      upper.legend([["decoded", blue], ["before", orange]]);
      lower.line(c.level, c.curved, blue);
      lower.line(c.level, c.even, green);
      lower.dots([v.level], [c[v.coding][-v.level / 3]], {});
      lower.legend([[NAMES.curved, blue], [NAMES.even, green], ["you hear", {}, "dots"]]);
    },
  };
});
