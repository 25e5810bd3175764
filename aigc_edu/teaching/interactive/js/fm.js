// Frequency modulation: see FM in tones.py.
aigcFigures.define("fm", ({ fill, hann, amplitudes, decibels, text }) => {
  const RATE = 32000, SIZE = 4096, FLOOR = -70, DECAY = 5, tau = 2 * Math.PI;

  function at({ carrier, ratio, index, ending }, times) {
    const struck = ending === "struck", amplitude = struck ? 0.3 : 0.2;
    return times.map((u) => {
      const fade = struck ? Math.exp(-DECAY * u) : 1;
      const swing = index * fade * Math.sin(tau * ratio * carrier * u);
      return amplitude * fade * Math.sin(tau * carrier * u + swing);
    });
  }

  const samples = (v) => at(v, fill(RATE, (n) => n / RATE));

  return {
    samples,

    curves(v) {
      const u = fill(800, (n) => n / 40000), head = samples(v).subarray(0, SIZE);
      const level = decibels(amplitudes(head, hann(SIZE), SIZE), FLOOR).subarray(0, SIZE / 4 + 1);
      return {
        time: u.map((x) => 1e3 * x), wave: at(v, u),
        frequency: level.map((_, k) => (k * RATE) / SIZE / 1000), level,
      };
    },

    reading({ carrier: c, ratio, index }) {
      const m = ratio * c;
      if (!index) return `Index 0: the carrier of ${text(c)} Hz alone, a pure tone.`;
      const about = `lines at ${text(c)} Hz and every ${text(m)} Hz to both sides`;
      return `Index ${text(index, 1)}: ${about}, strong ones up to about ${text(c + (index + 1) * m)} Hz.`;
    },

    draw(plot, v, c) {
      const [upper, lower] = plot.panels(
        { x: [0, 20], y: [-0.33, 0.33], xlabel: "time in milliseconds", ylabel: "amplitude" },
        { x: [0, 8], y: [FLOOR, -8], xlabel: "frequency in kHz", ylabel: "level in dB" },
      );
      upper.line(c.time, c.wave, { colour: "blue", width: 1.4 });
      lower.line(c.frequency, c.level, { colour: "orange", width: 1.4 });
    },
  };
});
