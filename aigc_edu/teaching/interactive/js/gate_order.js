// Weights laid from PyTorch into Keras: see GATE_ORDER in gate_order.py.
aigcFigures.define("gate_order", ({ fill, text }) => {
  const RATE = 4000, LENGTH = 6000, GAIN = 0.4, UNITS = 6, SHOWN = 240, FROM = 1400;
  const TUNE = [[0, 0], [700, 1], [1400, 2], [2100, 1], [2800, 2], [3500, 0], [4200, 1]];
  const RIGHT = { order: "zrn", state: "transposed", bias: "input" };
  const sigmoid = (u) => 1 / (1 + Math.exp(-u)), known = {};

  // What Keras computes, with PyTorch's blocks r, z, n laid into the places of its z, r, n.
  function compute({ order, state, bias }, { w, u, b, c }) {
    const [z, r, n] = [...order].map((name) => UNITS * "rzn".indexOf(name));
    const [first, second] = bias === "input" ? [b, c] : [c, b];
    const clicks = Array.from({ length: LENGTH }, () => [0, 0, 0]);
    for (const [when, bell] of TUNE) clicks[when][bell] = clicks[when + 1][bell] = 1;
    let h = new Float64Array(UNITS), before = 0;
    const drive = (row, x) => w[row][0] * x[0] + w[row][1] * x[1] + w[row][2] * x[2] + first[row];
    const feedback = (block, i) => {
      let sum = second[block + i];
      for (let j = 0; j < UNITS; j++) {
        sum += h[j] * (state === "transposed" ? u[block + i][j] : u[block + j][i]);
      }
      return sum;
    };
    return fill(LENGTH, (t) => {
      const x = clicks[t];
      h = h.map((old, i) => {
        const keep = sigmoid(drive(z + i, x) + feedback(z, i));
        const reset = sigmoid(drive(r + i, x) + feedback(r, i));
        return (1 - keep) * Math.tanh(drive(n + i, x) + reset * feedback(n, i)) + keep * old;
      });
      const now = h[1] + h[3] + h[5], change = now - before;
      before = now;
      return Math.min(1, Math.max(-1, GAIN * change));
    });
  }

  function run(v, data) {
    const key = `${v.order} ${v.state} ${v.bias}`;
    known[key] = known[key] || compute(v, data);
    return known[key];
  }

  const most = (x) => x.reduce((peak, value) => Math.max(peak, Math.abs(value)), 0);

  return {
    samples(v, data) {
      const right = run(RIGHT, data), here = run(v, data);
      if (v.heard === "pytorch") return right;
      return v.heard === "keras" ? here : here.map((value, n) => (value - right[n]) / 2);
    },

    curves(v, data) {
      const right = run(RIGHT, data), here = run(v, data);
      let off = 0, all = 0;
      for (let n = 0; n < LENGTH; n++) {
        off += (here[n] - right[n]) ** 2;
        all += right[n] ** 2;
      }
      return {
        time: fill(SHOWN, (n) => (1000 * n) / RATE),
        pytorch: right.slice(FROM, FROM + SHOWN), keras: here.slice(FROM, FROM + SHOWN),
        level: [Math.max(-200, 10 * Math.log10(off / all + 1e-30))],
        peaks: [most(right), most(here)],
      };
    },

    reading(v, c) {
      if (c.level[0] === -200) return "Keras gives what PyTorch gives: this is how the weights have to be laid.";
      return `The difference between the two is ${text(c.level[0], 1)} dB against PyTorch's sound; `
        + `the loudest sample is ${text(c.peaks[1], 3)} in place of ${text(c.peaks[0], 3)}.`;
    },

    draw(plot, v, c) {
      const [panel] = plot.panels({
        x: [0, (1000 * SHOWN) / RATE], y: [-0.4, 0.4],
        xlabel: "milliseconds after the third note begins", ylabel: "output",
      });
      const grey = { colour: "grey", width: 4 }, blue = { colour: "blue", width: 1.2 };
      panel.line(c.time, c.pytorch, grey);
      panel.line(c.time, c.keras, blue);
      panel.legend([["PyTorch", grey], ["Keras", blue]]);
    },
  };
});
