// Clips that were made before, one for each setting: see Clips in clips.py.
aigcFigures.define("clips", ({ fill, decode, expand, hann, amplitudes, decibels }) => {
  // Which clip belongs to a setting: the last control's settings follow one another fastest.
  const number = (v, { names, lists }) =>
    names.reduce((sum, name, n) => sum * lists[n].length + lists[n].indexOf(v[name]), 0);

  const heard = (v, data) =>
    (data.coding === "mu_law" ? expand : decode)(data.clips[number(v, data)]);

  return {
    samples: heard,

    curves(v, data) {
      const { frame, longest } = data, wave = heard(v, data), hop = frame / 4, bins = frame / 2 + 1;
      const padded = new Float64Array(longest + 2 * frame), window = hann(frame);
      padded.set(wave, frame / 2);
      const columns = Math.ceil(longest / hop), levels = new Float64Array(columns * bins);
      for (let m = 0; m < columns; m++) {
        const cut = padded.subarray(m * hop, m * hop + frame);
        levels.set(decibels(amplitudes(cut, window, frame), data.levels[0]), m * bins);
      }
      return { wave, levels };
    },

    reading: (v, c, data) => data.sentences[number(v, data)],

    draw(plot, v, c, { rate, longest, frame, levels }) {
      const x = [0, longest / rate], right = 50;
      const [upper, lower] = plot.panels(
        { x, y: [-1, 1], xlabel: "", ylabel: "amplitude", right },
        { x, y: [0, rate / 2000], xlabel: "time in seconds", ylabel: "frequency in kHz", image: true },
      );
      upper.line(fill(c.wave.length, (n) => n / rate), c.wave, { colour: "blue", width: 0.8 });
      lower.image(c.levels, c.levels.length / (frame / 2 + 1), levels);
    },
  };
});
