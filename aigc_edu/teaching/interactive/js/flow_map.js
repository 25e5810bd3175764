// A flow's map that bends from a line to what it should be: see FLOW_MAP in bird.py.
aigcFigures.define("flow_map", ({ fill, linspace, text, uniform }) => {
  const SHARES = [0.3, 0.5, 0.2], PLACES = [-0.5, 0.1, 0.6], SPREADS = [0.06, 0.1, 0.04];
  const RATE = 8000, NOTE = 1200, SUNG = 16, DRAWN = 40, CELL = 2 / 256, Z = linspace(-4, 4, 801);
  const bell = (z) => Math.exp(-0.5 * z ** 2) / Math.sqrt(2 * Math.PI);
  const density = (x) =>
    SHARES.reduce((sum, share, k) => sum + (share * bell((x - PLACES[k]) / SPREADS[k])) / SPREADS[k], 0);
  const mean = SHARES.reduce((sum, share, k) => sum + share * PLACES[k], 0);
  const power = SHARES.reduce((sum, share, k) => sum + share * (SPREADS[k] ** 2 + PLACES[k] ** 2), 0);
  const spread = Math.sqrt(power - mean ** 2);

  function normals(count, stream) {
    const u = uniform(2 * count, stream);
    return fill(count, (n) =>
      Math.sqrt(-2 * Math.log(0.5 - u[n])) * Math.cos(2 * Math.PI * (u[count + n] + 0.5)));
  }

  // The value at x of the broken line through rising xs and ys; outside what it is told.
  function interp(x, xs, ys, outside) {
    if (x < xs[0]) return outside === undefined ? ys[0] : outside;
    if (x > xs[xs.length - 1]) return outside === undefined ? ys[ys.length - 1] : outside;
    let low = 0, high = xs.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      xs[middle] <= x ? (low = middle) : (high = middle);
    }
    return ys[low] + ((x - xs[low]) / (xs[high] - xs[low])) * (ys[high] - ys[low]);
  }

  function cumulated(ys) {
    const area = new Float64Array(ys.length);
    for (let n = 1; n < ys.length; n++) area[n] = area[n - 1] + (ys[n] + ys[n - 1]) / 2;
    return area.map((value) => value / area[ys.length - 1]);
  }

  const X = linspace(-0.78, 0.8, 1581), below = cumulated(X.map(density));
  const RIGHT = cumulated(Z.map(bell)).map((u) => interp(u, below, X));
  const mapped = ({ bend }) =>
    Z.map((z, n) => (1 - bend / 100) * (mean + spread * z) + (bend / 100) * RIGHT[n]);

  // The density that the map gives, at the places of a curve.
  function made(v, xs) {
    const curve = mapped(v), last = Z.length - 1;
    const thin = Z.map((z, n) => {
      const from = Math.max(0, n - 1), to = Math.min(last, n + 1);
      return bell(z) / ((curve[to] - curve[from]) / (Z[to] - Z[from]));
    });
    return xs.map((x) => interp(x, curve, thin, 0));
  }

  function bits(v) {
    const sum = Z.reduce((total, z) => total + bell(z), 0), found = made(v, RIGHT);
    return Z.reduce((total, z, n) =>
      total - (bell(z) / sum) * Math.log2(Math.max(1e-6, found[n]) * CELL), 0);
  }

  function sing(pitches) {
    return fill(pitches.length * NOTE, (i) => {
      const n = i % NOTE, pitch = 440 * 2 ** Math.max(-2, Math.min(2, pitches[(i - n) / NOTE]));
      return 0.3 * Math.sin((Math.PI * n) / NOTE) ** 2 * Math.sin((2 * Math.PI * pitch * n) / RATE);
    });
  }
  const pushed = (v, z) => z.map((one) => interp(one, Z, mapped(v)));

  return {
    samples: (v) => sing(pushed(v, normals(SUNG, 9))),

    curves(v) {
      const x = linspace(-1.2, 1.2, 241), drawn = normals(DRAWN, 9), curve = mapped(v);
      return {
        z: Z.filter((_, n) => n % 5 === 0), map: curve.filter((_, n) => n % 5 === 0),
        drawn, sung: pushed(v, drawn), x, truth: x.map(density),
        made: made(v, x).map((y) => Math.min(y, 5)), bits: [bits(v), bits({ bend: 100 })],
      };
    },

    reading(v, { bits: [cost, least] }) {
      const shape = { 0: "A straight line", 100: "Bent all the way" }[v.bend] || `Bent by ${v.bend} %`;
      return `${shape}, the map costs ${text(cost, 2)} bits a note, `
        + `${text(cost - least, 2)} more than the bird's own density.`;
    },

    draw(plot, v, c) {
      const [upper, lower] = plot.panels(
        { x: [-3, 3], y: [-1.2, 1.2], xlabel: "z", ylabel: "x" },
        { x: [-1.2, 1.2], y: [0, 3], xlabel: "x", ylabel: "density" },
      );
      const blue = { colour: "blue" }, orange = { colour: "orange" };
      const dashed = { colour: "orange", dash: [5, 4] };
      upper.line(c.z, c.map, blue);
      upper.dots(c.drawn, c.sung, { ...orange, radius: 3 });
      upper.legend([["the map", blue], ["40 draws", orange, "dots"]]);
      lower.line(c.x, c.made, blue);
      lower.line(c.x, c.truth, dashed);
      lower.legend([["made by the map", blue], ["the bird", dashed]]);
    },
  };
});
