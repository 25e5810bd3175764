// Particles on their way from noise to notes: see PARTICLES in bird.py.
aigcFigures.define("particles", ({ fill, text, uniform }) => {
  const SHARES = [0.3, 0.5, 0.2], PLACES = [-0.5, 0.1, 0.6], SPREADS = [0.06, 0.1, 0.04];
  const RATE = 8000, NOTE = 1200, SUNG = 16, NEAR = 0.2, CROWD = 1000, PATHS = 40, BINS = 96;
  const TAUS = fill(21, (n) => (20 - n) / 20), known = {};

  function normals(count, stream) {
    const u = uniform(2 * count, stream);
    return fill(count, (n) =>
      Math.sqrt(-2 * Math.log(0.5 - u[n])) * Math.cos(2 * Math.PI * (u[count + n] + 0.5)));
  }

  function velocity(x, tau) {
    let best = 0, sum = 0;
    SHARES.forEach((share, k) => {
      const clean = 1 - tau, spread = SPREADS[k] ** 2, variance = clean ** 2 * spread + tau ** 2;
      const off = x - clean * PLACES[k];
      const weight = (share / Math.sqrt(variance)) * Math.exp((-0.5 * off ** 2) / variance);
      best += weight * (PLACES[k] + ((clean * spread) / variance) * off);
      sum += weight;
    });
    return (x - best / sum) / tau;
  }

  // Where all particles are at each tau of the slider.
  function roads(steps) {
    if (known[steps]) return known[steps];
    let x = normals(CROWD, 5), tau = 1, v = x.map((one) => velocity(one, 1));
    const found = [x];
    for (const goal of TAUS.subarray(1)) {
      while (tau - 1 / steps > goal + 1e-9) {
        x = x.map((one, n) => one - v[n] / steps);
        tau -= 1 / steps;
        v = x.map((one) => velocity(one, tau));
      }
      found.push(x.map((one, n) => one - (tau - goal) * v[n]));
    }
    return (known[steps] = found);
  }

  const density = (x, tau) => SHARES.reduce((sum, share, k) => {
    const spread = Math.hypot((1 - tau) * SPREADS[k], tau);
    const bell = Math.exp(-0.5 * ((x - (1 - tau) * PLACES[k]) / spread) ** 2) / spread;
    return sum + (share * bell) / Math.sqrt(2 * Math.PI);
  }, 0);

  function sing(pitches) {
    return fill(pitches.length * NOTE, (i) => {
      const n = i % NOTE, pitch = 440 * 2 ** Math.max(-2, Math.min(2, pitches[(i - n) / NOTE]));
      return 0.3 * Math.sin((Math.PI * n) / NOTE) ** 2 * Math.sin((2 * Math.PI * pitch * n) / RATE);
    });
  }

  return {
    samples: (v) => sing(roads(v.steps)[TAUS.indexOf(v.tau)].subarray(0, SUNG)),

    curves(v) {
      const now = TAUS.indexOf(v.tau), gone = roads(v.steps).slice(0, now + 1), crowd = gone[now];
      const centres = fill(BINS, (n) => -2.375 + 0.05 * n), counts = new Float64Array(BINS);
      for (const x of crowd) {
        const bin = Math.floor((x + 2.4) / 0.05);
        if (bin >= 0 && bin < BINS) counts[bin] += 1 / (CROWD * 0.05);
      }
      const paths = fill(PATHS * (now + 1), (n) => gone[n % (now + 1)][Math.floor(n / (now + 1))]);
      return {
        taus: TAUS.slice(0, now + 1), roads: paths, centres, crowd: counts,
        truth: centres.map((x) => density(x, v.tau)),
        hit: PLACES.map((p) => crowd.filter((x) => Math.abs(x - p) < NEAR).length / CROWD),
      };
    },

    reading(v, c) {
      const [low, middle, high] = c.hit.map((share) => text(100 * share));
      const done = v.steps === 1 ? "in one step" : `in ${v.steps} steps`;
      return `${text(100 * v.tau)} % noise, on a road ${done}: ${low} % of the crowd are at the low `
        + `note, ${middle} % at the middle one, ${high} % at the high one. The bird: 30, 48 and 20 %.`;
    },

    draw(plot, v, c) {
      const [upper, lower] = plot.panels(
        { x: [1.02, -0.02], y: [-2.4, 2.4], xlabel: "share of noise", ylabel: "x" },
        { x: [-2.4, 2.4], y: [0, 3], xlabel: "x", ylabel: "density" },
      );
      const blue = { colour: "blue", width: 0.9 }, orange = { colour: "orange" }, count = c.taus.length;
      for (let n = 0; n < PATHS; n++) {
        upper.line(c.taus, c.roads.subarray(n * count, (n + 1) * count), blue);
        upper.dots([v.tau], [c.roads[n * count + count - 1]], { ...orange, radius: 3 });
      }
      const zeros = fill(BINS, () => 0);
      lower.bars(c.centres.map((x) => x - 0.025), zeros, c.crowd, 0.05, blue);
      lower.line(c.centres, c.truth, orange);
      lower.legend([["the crowd", blue, "bars"], ["as it should lie", orange]]);
    },
  };
});
