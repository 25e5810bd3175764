// A word at a temperature: see said_of in said_words.py.
aigcFigures.define("said", ({ fill, hann, amplitudes, decibels, text }) => {
  const WINDOW = 256, HOP = 64, FLOOR = -80, TOP = -20, HIGH = 3000, MU = 255;

  const LEVELS = fill(256, (code) => {
    const y = (2 * code - MU) / MU;
    return (Math.sign(y) * Math.expm1(Math.abs(y) * Math.log1p(MU))) / MU;
  });
  const decode = (codes) => Float64Array.from(atob(codes), (letter) => LEVELS[letter.charCodeAt(0)]);
  const own = (v) => v.heard === "network";
  const samples = (v, { clips, recordings }) =>
    decode(own(v) ? clips[`${v.word}|${text(v.temperature, 2)}|${v.kept}`] : recordings[v.word]);

  return {
    samples,

    curves(v, data) {
      const x = samples(v, data), columns = Math.ceil(x.length / HOP), bins = WINDOW / 2 + 1;
      const padded = new Float64Array(x.length + WINDOW), levels = new Float64Array(columns * bins);
      const look = hann(WINDOW), high = Math.floor((HIGH * WINDOW) / data.rate);
      let all = 0, above = 0;
      padded.set(x, WINDOW / 2);
      for (let m = 0; m < columns; m++) {
        const found = amplitudes(padded.subarray(m * HOP, m * HOP + WINDOW), look, WINDOW);
        found.forEach((a, k) => {
          all += a * a;
          if (k >= high) above += a * a;
        });
        levels.set(decibels(found, FLOOR), m * bins);
      }
      const power = x.reduce((sum, value) => sum + value * value, 0) / x.length;
      return {
        time: fill(x.length, (n) => n / data.rate), wave: x, levels,
        level: [10 * Math.log10(power + 1e-12)], hiss: [10 * Math.log10((above + 1e-30) / (all + 1e-30))],
      };
    },

    reading(v, c) {
      const what = own(v) ? `“${v.word}” at τ = ${text(v.temperature, 2)}, ${v.kept}` : `“${v.word}”, a recording`;
      return `${what}: a level of ${text(c.level[0], 1)} dB, of which the part above 3 kHz is ${text(c.hiss[0], 1)} dB.`;
    },

    draw(plot, v, c) {
      const last = c.time.length - 1, end = 1e3 * c.time[last], top = last / c.time[last] / 2000;
      const [upper, lower] = plot.panels(
        { x: [0, end], y: [-1.05, 1.05], right: 50, xlabel: "time in milliseconds", ylabel: "amplitude" },
        { x: [0, end], y: [0, top], xlabel: "time in milliseconds", ylabel: "kHz", image: true },
      );
      upper.line(c.time.map((t) => 1e3 * t), c.wave, { colour: "blue", width: 0.8 });
      lower.image(c.levels, c.levels.length / (WINDOW / 2 + 1), [FLOOR, TOP]);
    },
  };
});
