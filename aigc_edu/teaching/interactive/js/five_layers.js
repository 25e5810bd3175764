// The lines of each layer of an untrained generator: see FIVE_LAYERS in five_layers.py.
aigcFigures.define("five_layers", ({ fill, uniform, hann, amplitudes, decibels, text }) => {
  const RATE = 16000, PEAK = 0.5, CHANNELS = [32, 16, 8, 4, 2, 1], FRAMES = 16, KERNEL = 25, STRIDE = 4;
  const PERIODS = [1024, 256, 64, 16, 4], HEARD = 64, SIZE = 4096, FLOOR = -80, LEAST = -40, MOST = 40;
  const TEXTS = ["All five are transposed", "Layer 5 repeats", "Layers 4 and 5 repeat",
    "Layers 3 to 5 repeat", "Layers 2 to 5 repeat", "All five repeat"];
  const square = (x) => x.reduce((sum, value) => sum + value * value, 0) / x.length;
  const mean = (x) => x.reduce((sum, value) => sum + value, 0) / x.length;
  const made = {};

  // Rows of a matrix, one for each channel.
  const rows = (flat, count) => fill(count, (n) => n).reduce((all, c) => {
    all.push(flat.subarray((c * flat.length) / count, ((c + 1) * flat.length) / count));
    return all;
  }, []);

  // Each input adds its copy of the kernel, four samples after the last.
  function transposed(x, w, outputs) {
    const length = STRIDE * x[0].length, cut = (KERNEL - STRIDE + 1) >> 1;
    const y = Array.from({ length: outputs }, () => new Float64Array(length));
    x.forEach((row, c) => row.forEach((value, m) => {
      if (value <= 0) return;
      for (let o = 0; o < outputs; o++) {
        const at = (c * outputs + o) * KERNEL, begin = STRIDE * m - cut, out = y[o];
        for (let i = Math.max(0, -begin); i < KERNEL && begin + i < length; i++) {
          out[begin + i] += value * w[at + i];
        }
      }
    }));
    return y;
  }

  // Each input four times, then an ordinary convolution.
  function repeated(x, w, outputs) {
    const length = STRIDE * x[0].length, half = KERNEL >> 1;
    const y = Array.from({ length: outputs }, () => new Float64Array(length));
    x.forEach((row, c) => {
      for (let s = 0; s < length; s++) {
        const value = row[s >> 2];
        if (value <= 0) continue;
        for (let o = 0; o < outputs; o++) {
          const at = (c * outputs + o) * KERNEL, out = y[o];
          for (let i = 0; i < KERNEL; i++) {
            const t = s + half - i;
            if (t >= 0 && t < length) out[t] += value * w[at + i];
          }
        }
      }
    });
    return y;
  }

  // The generator's clip, without its mean and at a level of its own.
  function clip({ draw, repeated: count }) {
    const key = `${draw} ${count}`;
    if (made[key]) return made[key];
    let x = rows(uniform(CHANNELS[0] * FRAMES, 10 * draw).map((u) => Math.sqrt(24) * u), CHANNELS[0]);
    for (let layer = 1; layer < 6; layer++) {
      const [from, to] = [CHANNELS[layer - 1], CHANNELS[layer]], repeats = layer > 5 - count;
      const gain = Math.sqrt((layer < 5 ? 24 : 0.12) / ((from * KERNEL) / (repeats ? 1 : STRIDE)));
      const w = uniform(from * to * KERNEL, 10 * draw + layer).map((u) => gain * u);
      x = (repeats ? repeated : transposed)(x, w, to);
    }
    const y = x[0].map(Math.tanh), middle = mean(y), centred = y.map((value) => value - middle);
    const peak = centred.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    return (made[key] = centred.map((value) => (PEAK * value) / peak));
  }

  // The part that repeats every period samples, without its mean.
  function repeating(x, period) {
    const count = Math.floor(x.length / period), folded = new Float64Array(period);
    for (let n = 0; n < count * period; n++) folded[n % period] += x[n] / count;
    const middle = mean(folded);
    return fill(count * period, (n) => folded[n % period] - middle);
  }

  function lineLevel(x, period, but) {
    const lines = repeating(x, period);
    const energy = square(lines) - (but > 1 ? square(repeating(lines, but)) : 0);
    const share = ((Math.max(energy, 0) / square(x)) * (x.length - 1)) / (period - but);
    return 10 * Math.log10(share + 1e-30);
  }

  return {
    samples(v) {
      const x = clip(v);
      if (v.heard === "clip") return x;
      const lines = repeating(x, HEARD);
      return v.heard === "lines" ? lines : x.map((value, n) => value - lines[n]);
    },

    curves(v) {
      const x = clip(v), window = hann(SIZE), power = new Float64Array(SIZE / 2 + 1);
      for (let begin = 0; begin < x.length; begin += SIZE) {
        amplitudes(x.subarray(begin, begin + SIZE), window, SIZE).forEach((a, k) => (power[k] += a * a));
      }
      const most = Math.max(...power);
      return {
        frequency: fill(SIZE / 2 + 1, (k) => (k * RATE) / SIZE / 1000),
        level: decibels(power.map((p) => Math.sqrt(p / most)), FLOOR),
        lines: PERIODS.map((p) => Math.min(MOST, Math.max(LEAST, lineLevel(x, p, p / STRIDE)))),
        share: [(100 * square(repeating(x, HEARD))) / square(x)],
      };
    },

    reading(v, c) {
      const told = [4, 3, 2].map((n) => `${text(RATE / PERIODS[n])} Hz ${text(c.lines[n])} dB`);
      return `${TEXTS[v.repeated]}. Lines against noise, at the multiples of ${told.join(", of ")}. `
        + `All multiples of 250 Hz together: ${text(c.share[0], 1)} % of the energy.`;
    },

    draw(plot, v, c) {
      const [upper, lower] = plot.panels(
        { x: [0, 8], y: [FLOOR, 5], xlabel: "frequency in kHz", ylabel: "dB of the strongest" },
        { x: [0.4, 5.6], y: [LEAST, MOST], xlabel: "layer", ylabel: "lines in dB" },
      );
      const orange = { colour: "orange" }, blue = { colour: "blue" };
      upper.line(c.frequency, c.level, { ...blue, width: 1.1 });
      c.lines.forEach((level, n) => {
        const style = n + 1 > 5 - v.repeated ? blue : orange;
        lower.bars([n + 0.7], [Math.min(0, level)], [Math.max(0, level)], 0.6, style);
      });
      lower.line([0.4, 5.6], [0, 0], { width: 1 });
      lower.legend([["transposed", orange, "bars"], ["repeats", blue, "bars"]]);
    },
  };
});
