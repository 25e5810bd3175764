// What a transposed convolution adds to a tone: see UPSAMPLING in upsampling.py.
aigcFigures.define("upsampling", ({ fill, uniform, hann, amplitudes, decibels, text }) => {
  const RATE = 16000, SECONDS = 0.8, PITCH = 220, TONE = 0.2, BASE = 0.3, RAMP = 0.02, SPREAD = 1.5;
  const SIZE = 2048, AT = 4000, STRETCH = 128, FLOOR = -80, LEAST = -60, REACH = 8;
  const sum = (row) => row.reduce((total, value) => total + value, 0);
  const edges = (u) => Math.min(1, Math.max(0, Math.min(u, SECONDS - u) / RAMP));
  const tone = (rate, count) =>
    fill(count, (n) => edges(n / rate) * (BASE + TONE * Math.sin((2 * Math.PI * PITCH * n) / rate)));
  const gains = (w, stride) => fill(stride, (r) => sum(w.filter((_, i) => i % stride === r)));
  const scaled = (w, stride) => w.map((value) => (value * stride) / sum(w));

  function weights({ stride, taps, way, draw }) {
    if (way === "lowpass") {
      return scaled(fill(2 * REACH * stride + 1, (n) => {
        const u = n / stride - REACH, sinc = u ? Math.sin(Math.PI * u) / (Math.PI * u) : 1;
        return sinc * (0.5 + 0.5 * Math.cos((Math.PI * u) / REACH));
      }), stride);
    }
    const drawn = uniform(taps, draw).map((value) => 1 + (way === "equal" ? 0 : SPREAD * value));
    if (way === "balanced") {
      const each = gains(drawn, stride);
      return drawn.map((value, i) => value / each[i % stride]);
    }
    const w = scaled(drawn, stride);
    if (way !== "repeat") return w;
    return fill(taps + stride - 1, (n) => sum(fill(stride, (r) => w[n - r] || 0)) / stride);
  }

  // Each input adds a copy of the weights, one stride after the last.
  function upsampled(v) {
    const w = weights(v), count = Math.floor((SECONDS * RATE) / v.stride), x = tone(RATE / v.stride, count);
    const y = new Float64Array(count * v.stride), late = (w.length - 1) >> 1;
    x.forEach((value, m) => w.forEach((weight, i) => {
      const t = m * v.stride + i - late;
      if (t >= 0 && t < y.length) y[t] += value * weight;
    }));
    return y;
  }

  function line(stride, c) {
    const at = Math.round(SIZE / stride);
    return Math.max(...c.level.slice(at - 2, at + 3));
  }

  return {
    samples: (v) => upsampled(v).map((value, n) => value - BASE * edges(n / RATE)),

    curves(v) {
      const y = upsampled(v), heard = y.slice(AT, AT + SIZE).map((value) => value - BASE);
      const spectrum = amplitudes(heard, hann(SIZE), SIZE), near = Math.round((PITCH * SIZE) / RATE);
      const loudest = Math.max(...spectrum.slice(near - 2, near + 3));
      return {
        gains: gains(weights(v), v.stride),
        time: fill(STRETCH, (n) => (1000 * n) / RATE),
        waveform: y.slice(AT, AT + STRETCH),
        wanted: tone(RATE, y.length).slice(AT, AT + STRETCH),
        frequency: fill(SIZE / 2 + 1, (k) => (k * RATE) / SIZE / 1000),
        level: decibels(spectrum.map((a) => a / loudest), FLOOR),
      };
    },

    reading(v, c) {
      const level = line(v.stride, c), at = text(RATE / v.stride);
      const stands = level > LEAST ? `a line ${text(-level)} dB below the tone` : "no line";
      const [low, high] = [Math.min(...c.gains), Math.max(...c.gains)].map((gain) => text(gain, 2));
      const phases = low === high ? `are all ${low}` : `lie between ${low} and ${high}`;
      return `Stride ${v.stride}: the gains of the ${v.stride} phases ${phases}. `
        + `At 16,000 / ${v.stride} = ${at} Hz stands ${stands}.`;
    },

    draw(plot, v, c) {
      const [upper, lower] = plot.panels(
        { x: [0, 8], y: [-0.1, 1], xlabel: "time in milliseconds", ylabel: "amplitude" },
        { x: [0, 8], y: [FLOOR, 8], xlabel: "frequency in kHz", ylabel: "dB of the tone" },
      );
      const grey = { colour: "grey", dash: [5, 4] }, blue = { colour: "blue" }, orange = { colour: "orange" };
      upper.line(c.time, c.wanted, grey);
      upper.line(c.time, c.waveform, blue);
      upper.legend([["the tone", grey], ["what comes out", blue]]);
      lower.line(c.frequency, c.level, blue);
      lower.dots([RATE / v.stride / 1000], [line(v.stride, c)], { ...orange, radius: 4.5 });
      lower.legend([["f_s / s", orange, "dots"]]);
    },
  };
});
