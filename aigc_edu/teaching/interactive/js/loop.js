// A loop from a word: see LOOP in loops.py.
aigcFigures.define("loop", ({ fill, text }) => {
  const RATE = 8000, COMPARED = 200, MOST = 280, WITHOUT = 1e-9;
  const first = (v) => Math.floor((v.start * RATE) / 1000);

  return {
    samples: (v, { word }) => fill(0.8 * RATE, (n) => word[first(v) + (n % v.length)]),

    curves(v, { word }) {
      const x = word.subarray(first(v), first(v) + COMPARED + MOST);
      const unlike = new Float64Array(MOST + 1);
      let sum = 0;
      for (let lag = 1; lag <= MOST; lag++) {
        let d = WITHOUT;
        for (let n = 0; n < COMPARED; n++) d += (x[n] - x[n + lag]) ** 2;
        sum += d;
        unlike[lag] = (d * lag) / sum;
      }
      unlike[0] = 1;
      return {
        time: x.map((_, n) => v.start + (n * 1000) / RATE), word: x,
        loop: x.map((_, n) => x[n % v.length]),
        lag: fill(MOST + 1, (n) => n), unlike,
      };
    },

    reading(v, c) {
      const unlike = c.unlike[v.length];
      const level = Math.sqrt(c.word.reduce((sum, x) => sum + x * x, 0) / c.word.length);
      const often = `${v.length} samples, ${text(RATE / v.length)} times a second`;
      if (level < 0.01) return `${often}: there is next to no sound here.`;
      const like = unlike < 0.1 ? "very nearly repeats" : unlike < 0.3 ? "nearly repeats" : "does not repeat";
      return `${often}: after so many samples the word ${like} (d\u2032 = ${text(unlike, 2)}).`;
    },

    draw(plot, v, c) {
      const [upper, lower] = plot.panels(
        { x: [c.time[0], c.time[0] + 60], y: [-0.5, 0.5], xlabel: "time in milliseconds", ylabel: "amplitude" },
        { x: [0, MOST], y: [0, 2.5], xlabel: "length in samples", ylabel: "d\u2032" },
      );
      const blue = { colour: "blue", width: 1.4 }, orange = { colour: "orange", dash: [6, 3], width: 1.4 };
      upper.line(c.time, c.word, blue);
      upper.line(c.time, c.loop, orange);
      upper.legend([["the word", blue], ["the loop", orange]]);
      lower.line(c.lag, c.unlike, blue);
      lower.dots([v.length], [c.unlike[v.length]], { radius: 4.5 });
      lower.legend([["how unlike, d\u2032", blue], ["this length", {}, "dots"]]);
    },
  };
});
