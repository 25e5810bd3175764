// A gated residual layer with its values: see GATED_LAYER in gates.py.
aigcFigures.define("gated_layer", ({ text }) => {
  const GAIN = 0.35, BEGIN = 1700, COUNT = 200, NAMES = ["x", "a", "filter", "b", "gate", "z", "out"];
  let layer = {};

  function gated(x, v) {
    const a = v.filtered * x, b = v.gate * x + v.constant, gate = 1 / (1 + Math.exp(-b));
    const z = Math.tanh(a) * gate;
    return { x, a, filter: Math.tanh(a), b, gate, z, out: x + z };
  }

  // The diagram: wires as thick as their values are large, orange where these are negative.
  function diagram(plot, values) {
    const { pen, canvas, colours, ink } = plot, wide = canvas.clientWidth, high = canvas.clientHeight / 2;
    const place = ([x, y]) => [4 + x * (wide - 8), 4 + y * (high - 14)];
    pen.lineJoin = "round";
    for (const [name, points] of layer.wires) {
      pen.strokeStyle = values[name] < 0 ? colours.orange : colours.blue;
      pen.lineWidth = 1.2 + 4.5 * Math.min(1, Math.abs(values[name]));
      pen.beginPath();
      points.forEach((point) => pen.lineTo(...place(point)));
      pen.stroke();
    }
    pen.textAlign = "center";
    for (const [name, label, x, y] of layer.nodes) {
      const [left, top] = place([x, y]), value = text(values[name], 2);
      const half = 6 + Math.max(pen.measureText(label).width, pen.measureText(value).width) / 2;
      pen.beginPath();
      pen.roundRect(left - half, top - 20, 2 * half, 40, 6);
      pen.globalCompositeOperation = "destination-out";
      pen.fill();
      pen.globalCompositeOperation = "source-over";
      pen.strokeStyle = pen.fillStyle = ink;
      pen.lineWidth = 1.2;
      pen.stroke();
      pen.fillText(label, left, top - 5);
      pen.fillText(value, left, top + 13);
    }
    for (const [words, x, y] of layer.words) {
      const [left, top] = place([x, y]);
      pen.fillText(words, left, top + 4);
    }
  }

  return {
    samples(v, data) {
      return data.word.map((x) => GAIN * gated(x, v)[v.heard]);
    },

    curves(v, data) {
      layer = data;
      const whole = Array.from(data.word, (x) => gated(x, v)), piece = whole.slice(BEGIN, BEGIN + COUNT);
      const row = (name) => piece.map((wires) => wires[name]), all = whole.map((wires) => wires.z);
      return {
        time: piece.map((_, n) => n / 8), x: row("x"), gate: row("gate"), z: row("z"), out: row("out"),
        values: NAMES.map((name) => piece[v.moment][name]),
        ends: [Math.min(...all), Math.max(...all)],
      };
    },

    reading(v, c) {
      const [x, a, filter, , gate, z, out] = [...c.values].map((value) => text(value, 2));
      const [low, high] = [...c.ends].map((end) => text(end, 2));
      return `x = ${x}: the filter proposes tanh(${a}) = ${filter}, the gate lets ${text(100 * c.values[4])} % pass. `
        + `z = ${z} goes to the skip, x + z = ${out} to the next layer. `
        + `In the whole word z lies between ${low} and ${high}.`;
    },

    draw(plot, v, c) {
      const [, lower] = plot.panels({ bare: true }, {
        x: [0, COUNT / 8], y: [-1.5, 1.5], xlabel: "time in milliseconds", ylabel: "value",
      });
      diagram(plot, Object.fromEntries(NAMES.map((name, n) => [name, c.values[n]])));
      lines(lower, v, c);
    },
  };

  function lines(lower, v, c) {
    const styles = {
      x: { colour: "grey" }, gate: { colour: "green", dash: [5, 4] }, z: { colour: "blue" },
      out: { colour: "orange", dash: [7, 3, 2, 3] },
    };
    for (const [name, style] of Object.entries(styles)) lower.line(c.time, c[name], style);
    const now = c.time[v.moment];
    lower.line([now, now], [-1.5, 1.5], { dash: [2, 3], width: 1.2 });
    lower.plot.pen.textAlign = "left";
    lower.legend([["x", styles.x], ["gate", styles.gate], ["z", styles.z], ["x + z", styles.out]]);
  }
});
