// Window length: see WINDOW_LENGTH in windows.py.
aigcFigures.define("window_length", ({ fill, hann, amplitudes, decibels, text }) => {
  const RATE = 8000, LENGTH = 3201, LOW = 1000, CLICK = 1600, tau = 2 * Math.PI;
  const SIZE = 1024, HOP = 16, BINS = 257, PIECE_HOP = 200, REST = 320, FLOOR = -60, TOP = -10;

  function signal({ tones, clicks }) {
    const x = fill(LENGTH, (n) => {
      const edge = Math.min(1, Math.min(n, LENGTH - 1 - n) / 160), u = n / RATE;
      return 0.15 * edge * (Math.sin(tau * LOW * u) + Math.sin(tau * (LOW + tones) * u));
    });
    x[CLICK] += 0.6;
    x[CLICK + Math.floor((clicks * RATE) / 1000)] += 0.6;
    return x;
  }

  // What lies under the window as it moves on, zeros at the ends.
  function pieces(x, window, hop) {
    const padded = new Float64Array(x.length + window);
    padded.set(x, window / 2);
    const count = Math.ceil(x.length / hop);
    return Array.from({ length: count }, (_, m) => padded.subarray(m * hop, m * hop + window));
  }

  return {
    samples(v) {
      const x = signal(v), window = hann(v.window);
      if (v.heard === "whole") return x;
      const cut = pieces(x, v.window, PIECE_HOP), each = v.window + REST;
      const row = new Float64Array(cut.length * each);
      cut.forEach((piece, m) => row.set(piece.map((value, n) => value * window[n]), m * each));
      return row;
    },

    curves(v) {
      const window = hann(v.window), cut = pieces(signal(v), v.window, HOP);
      const levels = new Float64Array(cut.length * BINS);
      cut.forEach((piece, m) => {
        const column = decibels(amplitudes(piece, window, SIZE), FLOOR);
        levels.set(column.subarray(0, BINS), m * BINS);
      });
      return { levels };
    },

    reading(v) {
      const finest = (2 * RATE) / v.window, shortest = (1000 * v.window) / RATE / 2;
      const lines = v.tones >= finest ? "two lines" : "one line";
      const bars = v.clicks >= shortest ? "two bars" : "one bar";
      return `A window of ${text(2 * shortest)} ms tells tones apart from about ${text(finest)} Hz on `
        + `and clicks from about ${text(shortest)} ms on: here ${lines} and ${bars}.`;
    },

    draw(plot, v, c) {
      const [panel] = plot.panels({
        x: [0, 400], y: [0, 2], xlabel: "time in milliseconds", ylabel: "frequency in kHz", image: true,
      });
      panel.image(c.levels, c.levels.length / BINS, [FLOOR, TOP]);
    },
  };
});
