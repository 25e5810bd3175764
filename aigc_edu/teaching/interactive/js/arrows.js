// Points of a plane that follow arrows from noise to sounds: see ARROWS in arrows.py.
aigcFigures.define("arrows", ({ fill, text, uniform }) => {
  const CLUMPS = {
    horn: [[-0.8, -0.5], [-0.1, -0.8]],
    reed: [[0.7, -0.4], [0.2, 0.4]],
    bell: [[0.9, 0.8], [-0.8, 0.6]],
  };
  const SPREAD = 0.12, RATE = 8000, NOTE = 1500, HARMONICS = 5, MIDDLE = 330, EDGE = [2.1, 1.7];
  const CROWD = 600, PATHS = 40, SUNG = 12, NEAR = 3, EVERY = Object.values(CLUMPS).flat(), known = {};
  const held = (x) => Math.max(-1.2, Math.min(1.2, x));

  function normals(count, stream) {
    const u = uniform(2 * count, stream);
    return fill(count, (n) =>
      Math.sqrt(-2 * Math.log(0.5 - u[n])) * Math.cos(2 * Math.PI * (u[count + n] + 0.5)));
  }

  function velocity([x, y], tau, places) {
    const clean = 1 - tau, variance = clean ** 2 * SPREAD ** 2 + tau ** 2, gain = (clean * SPREAD ** 2) / variance;
    const offs = places.map(([a, b]) => [x - clean * a, y - clean * b]);
    const exponents = offs.map(([a, b]) => (-0.5 * (a * a + b * b)) / variance), most = Math.max(...exponents);
    let across = 0, up = 0, sum = 0;
    places.forEach(([a, b], k) => {
      const weight = Math.exp(exponents[k] - most);
      across += weight * (a + gain * offs[k][0]);
      up += weight * (b + gain * offs[k][1]);
      sum += weight;
    });
    return [(x - across / sum) / tau, (y - up / sum) / tau];
  }

  // Where all points are, from noise to the end.
  function roads({ told, steps, method, guidance }) {
    const key = [told, steps, method, guidance].join();
    if (known[key]) return known[key];
    const own = CLUMPS[told] || EVERY, h = 1 / steps, noise = normals(2 * CROWD, 7);
    const field = (p, tau) => {
      const untold = velocity(p, tau, EVERY), v = velocity(p, tau, own);
      return untold.map((one, i) => one + guidance * (v[i] - one));
    };
    const gone = [Array.from({ length: CROWD }, (_, n) => [noise[n], noise[CROWD + n]])];
    for (let n = steps; n > 0; n--) {
      gone.push(gone[gone.length - 1].map((p) => {
        let v = field(p, n * h);
        if (method === "midpoint") v = field(p.map((x, i) => x - (h / 2) * v[i]), n * h - h / 2);
        return p.map((x, i) => x - h * v[i]);
      }));
    }
    return (known[key] = gone);
  }

  // Shares of the crowd: at the first and the second clump asked for, at others, at none.
  function hits(crowd, told) {
    const at = ([x, y], [a, b]) => (x - a) ** 2 + (y - b) ** 2 < (NEAR * SPREAD) ** 2, found = new Float64Array(4);
    const asked = CLUMPS[told] ? [CLUMPS[told]] : Object.values(CLUMPS);
    for (const p of crowd) {
      const one = [0, 1].map((n) => asked.some((pair) => at(p, pair[n]))), any = EVERY.some((place) => at(p, place));
      [one[0], one[1], any && !one[0] && !one[1], !any].forEach((yes, n) => (found[n] += yes));
    }
    return found.map((count) => count / CROWD);
  }

  function sing(points) {
    const all = new Float64Array(points.length * NOTE);
    points.forEach(([x, y], p) => {
      const pitch = MIDDLE * 2 ** held(x), bright = 0.1 + (0.8 * (held(y) + 1.2)) / 2.4;
      const gains = fill(HARMONICS, (k) => bright ** k), sum = gains.reduce((a, b) => a + b);
      for (let t = 0; t < NOTE; t++) {
        const swell = 0.4 * Math.sqrt(Math.sin((Math.PI * t) / NOTE)) * Math.exp((-2 * t) / NOTE);
        let wave = 0;
        for (let k = 0; k < HARMONICS; k++) wave += gains[k] * Math.sin((2 * Math.PI * (k + 1) * pitch * t) / RATE);
        all[p * NOTE + t] = (swell * wave) / sum;
      }
    });
    return all;
  }

  return {
    samples: (v) => sing(roads(v)[v.steps].slice(0, SUNG)),

    curves(v) {
      const gone = roads(v), count = gone.length, crowd = gone[count - 1];
      const path = (axis) => fill(PATHS * count, (n) => gone[n % count][Math.floor(n / count)][axis]);
      return {
        across: path(0), up: path(1),
        crowd_across: fill(CROWD, (n) => crowd[n][0]), crowd_up: fill(CROWD, (n) => crowd[n][1]),
        hits: hits(crowd, v.told),
      };
    },

    reading(v, c) {
      const looks = v.steps * (v.method === "midpoint" ? 2 : 1), { hits: [first, second, other, none] } = c;
      const begin = `After ${v.steps === 1 ? "1 step" : `${v.steps} steps`} and ${looks} ${looks === 1 ? "look" : "looks"} at the arrows`;
      const told = (share) => `${text(100 * share)} %`;
      if (v.told === "any") return `${begin} ${told(first + second)} are at a clump, ${told(none)} at none.`;
      return `${begin} ${told(first)} and ${told(second)} are at the two clumps of the ${v.told}, ${told(other)} at `
        + `another family's, ${told(none)} at none.`;
    },

    draw(plot, v, c) {
      const [panel] = plot.panels({
        x: [-EDGE[0], EDGE[0]], y: [-EDGE[1], EDGE[1]], xlabel: "pitch in octaves", ylabel: "brightness",
      });
      const blue = { colour: "blue", width: 0.6 }, orange = { colour: "orange", radius: 4 }, count = v.steps + 1;
      panel.dots(c.crowd_across, c.crowd_up, { colour: "blue", radius: 1.2 });
      for (let n = 0; n < PATHS; n++) {
        panel.line(c.across.subarray(n * count, (n + 1) * count), c.up.subarray(n * count, (n + 1) * count), blue);
      }
      const end = (row) => fill(SUNG, (n) => row[n * count + count - 1]);
      panel.dots(end(c.across), end(c.up), orange);
      for (const [name, places] of Object.entries(CLUMPS)) {
        for (const [a, b] of places) {
          const ring = fill(33, (n) => (2 * Math.PI * n) / 32), size = NEAR * SPREAD;
          panel.line(ring.map((t) => a + size * Math.cos(t)), ring.map((t) => b + size * Math.sin(t)), { width: name === v.told ? 2.4 : 1 });
          panel.pen.fillStyle = plot.ink;
          panel.label(name, panel.x(a), panel.y(b + size) - 5, "center");
        }
      }
      panel.legend([["heard", orange, "dots"]]);
    },
  };
});
