// A compressor: see compressing.py.
aigcFigures.define("compressing", ({ fill, decode, text }) => {
  const KNEE = 6, FAINTEST = 1e-6, BLOCK = 0.01, LOWEST = -60, RMS = 0.1;
  const power = (x) => x.reduce((sum, value) => sum + value * value, 0) / x.length;
  const highest = (x) => x.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const crest = (x) => 20 * Math.log10(highest(x)) - 10 * Math.log10(power(x));

  function soundOf(data) {
    data.x = data.x || decode(data.sound);
    return data.x;
  }

  // By how many dB each sample is turned down.
  function turnedDown({ threshold, ratio, attack, release }, { rate }, x) {
    const slope = 1 - 1 / ratio, keep = Math.exp(-1000 / (attack * rate)), slow = Math.exp(-1000 / (release * rate));
    const down = new Float64Array(x.length);
    let held = 0, y = 0;
    x.forEach((value, n) => {
      const over = 20 * Math.log10(Math.max(Math.abs(value), FAINTEST)) - threshold;
      const bent = (slope * (over + KNEE / 2) ** 2) / (2 * KNEE);
      const wanted = Math.abs(over) < KNEE / 2 ? bent : over > 0 ? slope * over : 0;
      held = n ? Math.max(wanted, slow * held + (1 - slow) * wanted) : wanted;
      y = keep * y + (1 - keep) * held;
      down[n] = y;
    });
    return down;
  }

  function blocks(x, piece, value) {
    return fill(Math.floor(x.length / piece), (m) => value(x.subarray(m * piece, (m + 1) * piece)));
  }

  const level = (part) => Math.max(LOWEST, 10 * Math.log10(power(part) + 1e-12));

  return {
    samples(v, data) {
      const x = soundOf(data), down = turnedDown(v, data, x);
      const y = v.heard === "before" ? x : x.map((value, n) => value * 10 ** (-down[n] / 20));
      const loud = RMS / Math.sqrt(power(y)), gain = loud / Math.max(1, loud * highest(y));
      return y.map((value) => value * gain);
    },

    curves(v, data) {
      const x = soundOf(data), down = turnedDown(v, data, x), piece = Math.round(BLOCK * data.rate);
      const y = x.map((value, n) => value * 10 ** (-down[n] / 20));
      return {
        before: blocks(x, piece, level),
        after: blocks(y, piece, level),
        down: blocks(down, piece, (part) => part.reduce((sum, value) => sum + value, 0) / piece),
        told: Float64Array.of(highest(down), crest(x), crest(y)),
      };
    },

    reading: (v, { told: [most, before, after] }) =>
      `At most ${text(most, 1)} dB are taken away. The highest sample stands `
        + `${text(after, 1)} dB above the mean power; before, ${text(before, 1)} dB.`,

    draw(plot, v, c) {
      const t = fill(c.before.length, (n) => n * BLOCK), x = [0, c.before.length * BLOCK];
      const [upper, lower] = plot.panels(
        { x, y: [LOWEST, 0], xlabel: "", ylabel: "level in dB" },
        { x, y: [0, 40], xlabel: "time in seconds", ylabel: "down by dB" },
      );
      upper.segments([[[0, v.threshold], [x[1], v.threshold]]], { colour: "grey", dash: [5, 4], width: 1.2 });
      upper.line(t, c.before, { colour: "blue", width: 1.2 });
      upper.line(t, c.after, { colour: "orange", width: 1.2 });
      upper.legend([["before", { colour: "blue" }], ["after", { colour: "orange" }]]);
      lower.line(t, c.down, { colour: "orange", width: 1.4 });
    },
  };
});
