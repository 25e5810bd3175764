// Bit depth and dither: see BIT_DEPTH in sampling.py.
aigcFigures.define("bit_depth", ({ fill, uniform, hann, amplitudes, decibels, snr, span, text }) => {
  const FRAME = 512, FLOOR = -110, START = { word: 1000, fade: 2800 };
  const fade = fill(8000, (n) =>
    0.45 * 10 ** ((-2.5 * n) / 8000) * Math.sin((2 * Math.PI * 440 * n) / 8000));
  const clip = (x, low, high) => Math.min(high, Math.max(low, x));
  const sound = (v, data) => (v.sound === "word" ? data.word : fade);

  function rounded(v, data) {
    const x = sound(v, data), half = 2 ** (v.bits - 1), step = 1 / half;
    const draws = Array.from({ length: v.dither }, (_, stream) => uniform(x.length, stream));
    return x.map((value, n) => {
      const dither = draws.reduce((sum, draw) => sum + draw[n], 0);
      return clip(Math.floor(clip(value + dither * step, -1, 1) / step + 0.5), -half, half - 1) * step;
    });
  }

  // The mean spectrum of the error, in dB.
  function spectrum(error) {
    const window = hann(FRAME), power = new Float64Array(FRAME / 2 + 1);
    let count = 0;
    for (let start = 0; start + FRAME <= error.length; start += FRAME / 2, count++) {
      const frame = error.subarray(start, start + FRAME);
      amplitudes(frame, window, FRAME).forEach((a, k) => (power[k] += a * a));
    }
    return decibels(power.map((p) => Math.sqrt(p / count)), FLOOR);
  }

  return {
    samples: rounded,

    curves(v, data) {
      const x = sound(v, data), y = rounded(v, data), from = START[v.sound];
      return {
        time: fill(160, (n) => n / 8),
        before: x.subarray(from, from + 160), after: y.subarray(from, from + 160),
        frequency: fill(FRAME / 2 + 1, (k) => (k * 8) / FRAME),
        error: spectrum(y.map((value, n) => value - x[n])), snr: [snr(x, y)],
      };
    },

    reading(v, c) {
      const kind = ["without dither", "with rectangular dither", "with triangular dither"][v.dither];
      const many = `${text(2 ** v.bits)} levels (${v.bits} ${v.bits === 1 ? "bit" : "bits"}), ${kind}:`;
      const gone = c.after.some((y) => y) ? "" : "; of this stretch nothing is left but zeros";
      return `${many} the SNR is ${text(c.snr[0], 1)} dB${gone}.`;
    },

    draw(plot, v, c) {
      const y = span([...c.before, ...c.after]);
      const [upper, lower] = plot.panels(
        { x: [0, 20], y, xlabel: "time in milliseconds", ylabel: "amplitude" },
        { x: [0, 4], y: [FLOOR, 0], xlabel: "frequency in kHz", ylabel: "error in dB" },
      );
      const blue = { colour: "blue" }, orange = { colour: "orange", dash: [3, 3] };
      upper.steps(c.time, c.after, blue);
      upper.line(c.time, c.before, orange);
      upper.legend([["rounded", blue], ["before", orange]]);
      lower.line(c.frequency, c.error, { colour: "purple" });
    },
  };
});
