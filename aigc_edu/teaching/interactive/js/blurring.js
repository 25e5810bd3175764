// The same blur in several representations: see blurring.py.
aigcFigures.define("blurring", ({ decode, hann, amplitudes, decibels, fill }) => {
  const WINDOW = 512, HOP = 128, LOW = -60, TOP = -10;
  const window = hann(WINDOW), known = new Map();
  const numbers = (code) => known.get(code) || known.set(code, decode(code)).get(code);
  const key = (v) => `${v.blur}/${v.kept}`;
  return {
    samples: (v, data) => numbers(data.sounds[key(v)]),

    curves(v, data) {
      const x = numbers(data.sounds[key(v)]), spectrum = [];
      for (let centre = 0; centre < x.length; centre += HOP) {
        const frame = fill(WINDOW, (n) => x[centre - WINDOW / 2 + n] || 0);
        spectrum.push(...decibels(amplitudes(frame, window, WINDOW), LOW));
      }
      return { image: numbers(data.images[key(v)]), spectrum };
    },

    reading: (v, c, data) => data.said[key(v)],

    draw(plot, v, c, data) {
      const columns = c.spectrum.length / (WINDOW / 2 + 1);
      const frames = c.image.length / data.rows, [seconds, hertz] = data.spacing;
      const [upper, lower] = plot.panels(
        {
          x: [0, frames * seconds], y: [0, (data.rows * hertz) / 1000], image: true,
          xlabel: "time in seconds", ylabel: "kHz",
        },
        {
          x: [0, (columns * HOP) / data.rate], y: [0, data.rate / 2000], image: true,
          xlabel: "time in seconds", ylabel: "kHz",
        },
      );
      upper.image(c.image, frames, [-1, 1], "");
      lower.image(c.spectrum, columns, [LOW, TOP]);
    },
  };
});
