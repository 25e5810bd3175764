// The same blur in several representations: see blurring.py.
aigcFigures.define("blurring", ({ decode, hann, amplitudes, decibels, fill }) => {
  const WINDOW = 512, HOP = 128, LOW = -60, TOP = -10;
  const window = hann(WINDOW), known = new Map();
  const numbers = (code) => known.get(code) || known.set(code, decode(code)).get(code);
  const key = (v) => `${v.blur}/${v.kept}`;
  let told = {}; // what the figure whose curves were computed last has to say of itself

  return {
    samples: (v, data) => numbers(data.sounds[key(v)]),

    curves(v, data) {
      told = data;
      const x = numbers(data.sounds[key(v)]), spectrum = [];
      for (let centre = 0; centre < x.length; centre += HOP) {
        const frame = fill(WINDOW, (n) => x[centre - WINDOW / 2 + n] || 0);
        spectrum.push(...decibels(amplitudes(frame, window, WINDOW), LOW));
      }
      return { image: numbers(data.images[key(v)]), spectrum };
    },

    reading: (v) => told.said[key(v)],

    draw(plot, v, c) {
      const columns = c.spectrum.length / (WINDOW / 2 + 1);
      const frames = c.image.length / told.rows, [seconds, hertz] = told.spacing;
      const [upper, lower] = plot.panels(
        {
          x: [0, frames * seconds], y: [0, (told.rows * hertz) / 1000], image: true,
          xlabel: "time in seconds", ylabel: "kHz",
        },
        {
          x: [0, (columns * HOP) / told.rate], y: [0, told.rate / 2000], image: true,
          xlabel: "time in seconds", ylabel: "kHz",
        },
      );
      upper.image(c.image, frames, [-1, 1], "");
      lower.image(c.spectrum, columns, [LOW, TOP]);
    },
  };
});
