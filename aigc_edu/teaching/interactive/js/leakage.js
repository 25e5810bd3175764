// Leakage: see LEAKAGE in leakage.py.
aigcFigures.define("leakage", ({ fill, amplitudes, decibels, text }) => {
  const SIZE = 256, ROUNDS = 60, AMPLITUDE = 0.3, SOFT = 24, SEAM = 40, BINS = 41, FLOOR = -110;
  const NONE = -200, tau = 2 * Math.PI;
  const COSINES = {
    rectangular: [1, 0, 0], hann: [0.5, 0.5, 0], hamming: [0.54, 0.46, 0], blackman: [0.42, 0.5, 0.08],
  };
  const weights = (name) => fill(SIZE, (n) => {
    const [c0, c1, c2] = COSINES[name], a = (tau * n) / SIZE;
    return c0 - c1 * Math.cos(a) + c2 * Math.cos(2 * a);
  });

  function piece(v) {
    const g = weights(v.window), second = v.soft > NONE ? 10 ** (v.soft / 20) : 0;
    return g.map((w, n) => {
      const turn = (tau * n) / SIZE;
      return AMPLITUDE * w * (Math.cos(v.swings * turn) + second * Math.cos(SOFT * turn));
    });
  }

  return {
    samples(v) {
      const x = piece(v);
      return fill(SIZE * ROUNDS, (n) => x[n % SIZE]);
    },

    curves(v) {
      const x = piece(v), sum = weights(v.window).reduce((total, w) => total + w, 0);
      const whole = amplitudes(x.map((y) => y / AMPLITUDE), fill(SIZE, () => 1), SIZE);
      const level = decibels(whole.map((A) => (A * SIZE) / sum), FLOOR);
      return {
        sample: fill(2 * SEAM, (n) => n - SEAM), seam: fill(2 * SEAM, (n) => x[(n - SEAM + SIZE) % SIZE]),
        bin: fill(BINS, (n) => n), level: level.subarray(0, BINS),
      };
    },

    reading(v, c) {
      const closes = Number.isInteger(v.swings);
      const loop = closes ? "the loop closes" : "the loop does not close";
      const mended = closes || v.window === "rectangular" ? "" : ", and the window fades its ends";
      const words = `${text(v.swings, 1)} swings in ${SIZE} samples: ${loop}${mended}.`;
      if (v.soft === NONE) {
        const far = c.level[BINS - 1], rest = far <= FLOOR ? "nothing" : `${text(far)} dB`;
        return `${words} In bin 40, far from the tone, there is ${rest}.`;
      }
      const around = Math.max(c.level[SOFT - 4], c.level[SOFT + 4]);
      const state = c.level[SOFT] > around + 3 ? "stands out" : "is hidden";
      return `${words} The soft tone in bin ${SOFT} ${state}.`;
    },

    draw(plot, v, c) {
      const [upper, lower] = plot.panels(
        { x: [-SEAM, SEAM], y: [-0.35, 0.35], xlabel: "sample; the loop's seam is at 0", ylabel: "amplitude" },
        { x: [0, BINS - 1], y: [FLOOR, 8], xlabel: "bin", ylabel: "level in dB" },
      );
      upper.segments([[[0, -0.35], [0, 0.35]]], { colour: "grey", dash: [5, 4], width: 1.2 });
      upper.line(c.sample, c.seam, { colour: "blue" });
      lower.line(c.bin, c.level, { colour: "orange", width: 1.4 });
      lower.dots(c.bin, c.level, { colour: "orange", radius: 2.5 });
    },
  };
});
