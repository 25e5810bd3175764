// Mel frames in, speech out: see mel_copies.py.
aigcFigures.define("mel_copies", ({ decode, hann, amplitudes, decibels, fill }) => {
  const WINDOW = 512, HOP = 128, LOW = -60, TOP = -10;
  const window = hann(WINDOW), known = new Map();
  const clip = (code) => known.get(code) || known.set(code, decode(code)).get(code);
  const chosen = (v, data) =>
    clip(v.made === "recording" ? data.recording : data.sounds[`${v.bands}/${v.made}`]);
  let said = {}, rows = 1; // of the figure whose curves were computed last, just before it is read

  // Neighbouring bands share their mean level; a frame after the other, the lowest band first.
  function coarser({ frames, rows }, bands) {
    const size = rows / bands;
    return fill(frames.length, (n) => {
      const first = n - ((n % rows) % size);
      let sum = 0;
      for (let k = first; k < first + size; k++) sum += frames[k] / 127;
      return sum / size;
    });
  }

  return {
    samples: (v, data) => chosen(v, data),

    curves(v, data) {
      ({ said, rows } = data);
      const x = chosen(v, data), spectrum = [];
      for (let centre = 0; centre < x.length; centre += HOP) {
        const frame = fill(WINDOW, (n) => x[centre - WINDOW / 2 + n] || 0);
        spectrum.push(...decibels(amplitudes(frame, window, WINDOW), LOW));
      }
      return { frames: coarser(data, v.bands), spectrum };
    },

    reading(v) {
      if (v.made === "recording") return `The recording. Above, its frames with ${v.bands} bands.`;
      return said[`${v.bands}/${v.made}`];
    },

    draw(plot, v, c) {
      const columns = c.spectrum.length / (WINDOW / 2 + 1), count = c.frames.length / rows;
      const [upper, lower] = plot.panels(
        { x: [0, count], y: [0, rows], image: true, xlabel: "frame", ylabel: "mel band" },
        {
          x: [0, (columns * HOP) / 16000], y: [0, 8], image: true,
          xlabel: "time in seconds", ylabel: "frequency in kHz",
        },
      );
      upper.image(c.frames.map((level) => 50 * (level - 1)), count, [-90, 0]);
      lower.image(c.spectrum, columns, [LOW, TOP]);
    },
  };
});
