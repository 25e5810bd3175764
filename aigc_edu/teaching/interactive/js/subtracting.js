// A voice taken out of noise: see subtracting.py.
aigcFigures.define("subtracting", ({ fill, decode, hann, fft, amplitudes, decibels, text }) => {
  const FRAME = 256, HOP = 64, BINS = FRAME / 2 + 1, QUIETEST = -70, LOUDEST = -10, LEAST = 10 ** -2.5;
  const g = hann(FRAME), sumOfSquares = (x) => x.reduce((sum, value) => sum + value * value, 0);

  // Frames centred on multiples of the hop, zeros beyond the ends: each [real, imaginary].
  function stft(x) {
    return Array.from({ length: 1 + Math.floor(x.length / HOP) }, (_, m) => {
      const re = fill(FRAME, (n) => (x[m * HOP + n - FRAME / 2] || 0) * g[n]), im = new Float64Array(FRAME);
      fft(re, im);
      return [re, im];
    });
  }

  // Frames times their gains, windowed once more, added up, and divided by the squares' sum.
  function istft(frames, gains, length) {
    const y = new Float64Array(FRAME + frames.length * HOP), weight = new Float64Array(y.length);
    frames.forEach(([re, im], m) => {
      const gain = (k) => gains[m * BINS + Math.min(k, FRAME - k)];
      const a = re.map((value, k) => value * gain(k)), b = im.map((value, k) => -value * gain(k));
      fft(a, b); // of the conjugate: the transform then goes the other way
      for (let n = 0; n < FRAME; n++) {
        y[m * HOP + n] += (g[n] * a[n]) / FRAME;
        weight[m * HOP + n] += g[n] ** 2;
      }
    });
    return fill(length, (n) => y[FRAME / 2 + n] / weight[FRAME / 2 + n]);
  }

  const powers = ([re, im]) => fill(BINS, (k) => re[k] ** 2 + im[k] ** 2);

  // The voice, the noise and its mean power in each bin; found once.
  function parts(data) {
    if (!data.level) {
      [data.voice, data.hiss] = [decode(data.speech), decode(data.noise)];
      const all = stft(data.hiss).map(powers);
      data.level = fill(BINS, (k) => all.reduce((sum, power) => sum + power[k], 0) / all.length);
    }
    return data;
  }

  function gainsOf(frames, level, { memory, floor }) {
    const gains = new Float64Array(frames.length * BINS), least = 10 ** (floor / 20), before = new Float64Array(BINS);
    frames.map(powers).forEach((power, m) => {
      for (let k = 0; k < BINS; k++) {
        const ratio = power[k] / Math.max(level[k], 1e-20), now = Math.max(ratio - 1, 0);
        const kept = m ? before[k] : now, xi = Math.max(memory * kept + (1 - memory) * now, LEAST);
        const gain = xi / (1 + xi);
        before[k] = gain ** 2 * ratio;
        gains[m * BINS + k] = Math.max(gain, least);
      }
    });
    return gains;
  }

  function cleaned(v, data) {
    const { voice, hiss, level } = parts(data);
    const louder = sumOfSquares(voice) / (sumOfSquares(hiss) * 10 ** (v.ratio / 10));
    const noisy = voice.map((s, n) => s + Math.sqrt(louder) * hiss[n]), frames = stft(noisy);
    const gains = gainsOf(frames, level.map((power) => louder * power), v);
    const left = istft(frames, gains, noisy.length);
    const heard = { noisy, left, taken: noisy.map((x, n) => x - left[n]) }[v.heard];
    return { gains, left, heard };
  }

  function ratioOf(speech, made) {
    const dot = speech.reduce((sum, s, n) => sum + s * made[n], 0), scale = dot / sumOfSquares(speech);
    const rest = speech.map((s, n) => made[n] - scale * s);
    return 10 * Math.log10((scale ** 2 * sumOfSquares(speech)) / sumOfSquares(rest));
  }

  return {
    samples: (v, data) => cleaned(v, data).heard,

    curves(v, data) {
      const { gains, left, heard } = cleaned(v, data), columns = gains.length / BINS;
      const padded = new Float64Array(heard.length + FRAME), levels = new Float64Array(gains.length);
      padded.set(heard, FRAME / 2);
      for (let m = 0; m < columns; m++) {
        const cut = padded.subarray(m * HOP, m * HOP + FRAME);
        levels.set(decibels(amplitudes(cut, g, FRAME), QUIETEST), m * BINS);
      }
      const alone = gains.subarray(0, data.alone * BINS), open = alone.filter((gain) => gain > 0.5).length;
      const told = Float64Array.of((100 * open) / alone.length, ratioOf(data.voice, left));
      return { gain: gains.map((gain) => 20 * Math.log10(gain)), levels, told };
    },

    reading: (v, { told: [open, ratio] }) =>
      `${text(v.ratio)} dB before, ${text(ratio, 1)} dB after. While the noise is alone, `
        + `${text(open, 1)} % of the bins are open by more than half.`,

    draw(plot, v, c, { rate }) {
      const columns = c.gain.length / BINS, x = [0, (columns * HOP) / rate], y = [0, rate / 2000];
      const [upper, lower] = plot.panels(
        { x, y, image: true, xlabel: "", ylabel: "gain: kHz" },
        { x, y, image: true, xlabel: "time in seconds", ylabel: "heard: kHz" },
      );
      upper.image(c.gain, columns, [-60, 0]);
      lower.image(c.levels, columns, [QUIETEST, LOUDEST]);
    },
  };
});
