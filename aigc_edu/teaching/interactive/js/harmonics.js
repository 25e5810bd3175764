// Adding harmonics: see HARMONICS in tones.py.
aigcFigures.define("harmonics", ({ fill, span, text }) => {
  const RATE = 24000, MOST = 20, RMS = 0.12;
  const NUMBERS = fill(MOST, (n) => n + 1);
  const SHAPES = {
    saw: (k) => 1 / k,
    square: (k) => (k % 2) / k,
    triangle: (k) => ((k % 2) * (-1) ** Math.floor(k / 2)) / k ** 2,
    pulses: () => 1,
  };

  function recipe(v) {
    const a = NUMBERS.map((k) => (k <= v.count ? SHAPES[v.recipe](k) : 0));
    const power = a.reduce((sum, x) => sum + x * x, 0) / 2;
    return a.map((x) => (x * RMS) / Math.sqrt(power));
  }

  function wave(v, times) {
    const parts = [...recipe(v).entries()].filter(([, a]) => a);
    return times.map((u) => {
      let sum = 0;
      for (const [n, a] of parts) sum += a * Math.sin(2 * Math.PI * (n + 1) * v.frequency * u);
      return sum;
    });
  }

  return {
    samples: (v) => wave(v, fill(RATE, (n) => n / RATE)),

    curves(v) {
      const u = fill(600, (n) => n / (300 * v.frequency));
      return {
        time: u.map((x) => 1e3 * x), wave: wave(v, u),
        number: NUMBERS, amplitude: recipe(v).map(Math.abs),
      };
    },

    reading(v, c) {
      const sounding = c.amplitude.filter((a) => a).length;
      const highest = c.amplitude.findLastIndex((a) => a) + 1;
      const many = sounding === 1 ? "One harmonic, a pure tone" : `${sounding} harmonics`;
      return `${many}, up to ${text(highest * v.frequency)} Hz; the pitch is that of ${text(v.frequency)} Hz.`;
    },

    draw(plot, v, c) {
      const y = span(c.wave);
      const [upper, lower] = plot.panels(
        { x: [0, 2e3 / v.frequency], y, xlabel: "time in milliseconds", ylabel: "amplitude" },
        { x: [0, MOST + 1], y: [0, 0.18], xlabel: "number of the harmonic", ylabel: "amplitude" },
      );
      upper.line(c.time, c.wave, { colour: "blue" });
      const there = [...NUMBERS].filter((k) => c.amplitude[k - 1]);
      const heights = there.map((k) => c.amplitude[k - 1]);
      lower.bars(there.map((k) => k - 0.15), there.map(() => 0), heights, 0.3, { colour: "orange" });
    },
  };
});
