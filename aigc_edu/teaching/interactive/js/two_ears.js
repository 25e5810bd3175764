// Two ears and a rattle: see TWO_EARS in two_ears.py, and dsp/head.py.
aigcFigures.define("two_ears", ({ fill, uniform, text }) => {
  const RATE = 16000, COUNT = 19200, SHAKES = 4, DIES = 0.07, LEVEL = 0.2, STREAM = 71, POINTS = 81;
  const C = 343, A = 0.0875, CORNER = (2 * C) / A, DRAWN = 1.3, EDGES = 64, PAST = Math.ceil((6 / C) * RATE) + 4;
  const rad = (degrees) => (degrees * Math.PI) / 180;
  const angles = (azimuth) => [-90, 90].map((ear) => Math.abs(((((azimuth - ear + 180) % 360) + 360) % 360) - 180));
  const way = (angle, distance) => distance + A * (angle <= 90 ? -Math.cos(rad(angle)) : rad(angle) - Math.PI / 2);
  const alpha = (angle) => 1.05 + 0.95 * Math.cos((Math.PI * angle) / 150);

  // How late each ear hears it, as a way in metres, and how near it seems.
  function ways({ azimuth, distance, cues }) {
    const own = angles(azimuth).map((angle) => way(angle, distance)), same = [distance, distance];
    return { late: cues === "level" ? same : own, near: cues === "time" ? same : own };
  }

  function rattle() {
    const each = COUNT / SHAKES, noise = uniform(COUNT, STREAM), soft = [1, 4, 6, 4, 1];
    return noise.map((_, k) => {
      const n = k % each, x = soft.reduce((sum, w, at) => sum + (w * noise[(k - at + COUNT) % COUNT]) / 16, 0);
      return 2 * LEVEL * x * Math.min(1, n / 40) * Math.exp(-n / (DIES * RATE));
    });
  }

  // Lows, by a low-pass with one pole, and the rest.
  function split(x) {
    const b = CORNER / (2 * RATE + CORNER), a = (CORNER - 2 * RATE) / (2 * RATE + CORNER), low = new Float64Array(COUNT);
    for (let n = 0; n < COUNT; n++) low[n] = b * (x[n] + (n ? x[n - 1] : 0)) - a * (n ? low[n - 1] : 0);
    return [low, x.map((one, n) => one - low[n])];
  }

  // A sound, some samples late, between samples by Lagrange's cubic.
  function later(x, delay) {
    const place = PAST - delay, first = Math.floor(place), d = place - first;
    const weights = [(-d * (d - 1) * (d - 2)) / 6, ((d + 1) * (d - 1) * (d - 2)) / 2, (-(d + 1) * d * (d - 2)) / 2, ((d + 1) * d * (d - 1)) / 6];
    return fill(COUNT, (n) => weights.reduce((sum, w, k) => sum + w * (x[n + first + k - 1 - PAST] || 0), 0));
  }

  return {
    samples(v) {
      const [low, high] = split(rattle()), { late, near } = ways(v), both = new Float64Array(2 * COUNT);
      angles(v.azimuth).forEach((angle, ear) => {
        const weight = v.cues === "time" ? 1 : alpha(angle), mixed = low.map((one, n) => one + weight * high[n]);
        both.set(later(mixed, (late[ear] / C) * RATE).map((one) => one / near[ear]), ear * COUNT);
      });
      return both;
    },

    curves(v) {
      const { late, near } = ways(v), f = fill(POINTS, (n) => (8000 * n) / (POINTS - 1)), turned = rad(v.azimuth);
      const [left, right] = angles(v.azimuth).map((angle, ear) => f.map((one) => {
        const s = 2 * Math.PI * one, top = Math.hypot(CORNER, alpha(angle) * s), bottom = Math.hypot(CORNER, s);
        return 20 * Math.log10((v.cues === "time" ? 1 : top / bottom) / near[ear]);
      }));
      return {
        x: [v.distance * Math.sin(turned)], y: [v.distance * Math.cos(turned)],
        late: late.map((one) => (1000 * one) / C), frequency: f.map((one) => one / 1000), left, right,
      };
    },

    reading(v, c) {
      const sooner = c.late[0] - c.late[1], at = (POINTS - 1) / 2, louder = c.right[at] - c.left[at];
      const first = Math.abs(sooner) < 0.005 ? "both ears hear it at the same time"
        : `the ${sooner > 0 ? "right" : "left"} ear hears it ${text(Math.abs(sooner), 2)} ms sooner`;
      const then = Math.abs(louder) < 0.05 ? "equally loud at 4 kHz"
        : `the ${louder > 0 ? "right" : "left"} one ${text(Math.abs(louder), 1)} dB louder at 4 kHz`;
      return `At ${text(v.azimuth)} degrees ${first}, ${then}.`;
    },

    draw(plot, v, c) {
      const { clientWidth, clientHeight } = plot.canvas, side = DRAWN * v.distance, wide = (clientWidth - EDGES) / (clientHeight / 2 - EDGES);
      const [upper, lower] = plot.panels(
        { x: [-side * wide, side * wide], y: [-side, side], xlabel: "metres to the right", ylabel: "metres ahead" },
        { x: [0, 8], y: [-42, 22], xlabel: "frequency in kHz", ylabel: "gain in dB" },
      );
      const turns = [...fill(61, (n) => (2 * Math.PI * n) / 60)], orange = { colour: "orange", radius: 6 };
      const right = { colour: "blue" }, left = { colour: "blue", dash: [6, 3] };
      upper.line(turns.map((t) => A * Math.sin(t)), turns.map((t) => A * Math.cos(t)), { width: 1.6 });
      upper.segments([[[0, A], [0, 1.5 * A]]], { width: 2.4 });
      upper.dots(c.x, c.y, orange);
      upper.legend([["the rattle", orange, "dots"]]);
      lower.line(c.frequency, c.left, left);
      lower.line(c.frequency, c.right, right);
      lower.legend([["left ear", left], ["right ear", right]]);
    },
  };
});
