// Tunes of codes: as play and notes in aigc_edu/teaching/tunes.py.
const TUNE = { HOLD: 15, RATE: 16000, STEP: 0.2, TAIL: 0.25 };

const tunes = {
  ...TUNE,

  // Where each note begins and how many codes it lasts.
  notes(codes) {
    const starts = [...codes.keys()].filter((t) => codes[t] !== TUNE.HOLD);
    return starts.map((t, n) => [t, (starts[n + 1] ?? codes.length) - t]);
  },

  // The sound of a row of codes; gains say how loud each note is.
  play(codes, gains) {
    const { RATE, STEP, TAIL } = TUNE, scale = [0, 2, 4, 5, 7, 9, 11], tau = 2 * Math.PI;
    const row = new Float64Array(Math.round((codes.length * STEP + TAIL) * RATE));
    for (const [t, length] of tunes.notes(codes)) {
      const gain = gains ? gains[t] : 1, seconds = length * STEP + TAIL;
      if (!gain) continue;
      const pitch = 60 + 12 * Math.floor(codes[t] / 7) + scale[codes[t] % 7];
      const frequency = 440 * 2 ** ((pitch - 69) / 12), start = Math.round(t * STEP * RATE);
      const last = Math.min(Math.round(seconds * RATE), row.length - start);
      for (let n = 0; n < last; n++) {
        const u = n / RATE, edge = Math.min(1, u / 0.005) * Math.min(1, (seconds - u) / 0.1);
        let sum = 0;
        for (let k = 1; k <= 5; k++) {
          sum += 0.5 ** (k - 1) * Math.exp(-(1 + 1.5 * k) * u) * Math.sin(tau * k * frequency * u);
        }
        row[start + n] += 0.12 * gain * edge * sum;
      }
    }
    return row;
  },
};
numbers.tunes = tunes;
