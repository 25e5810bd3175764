// Padding in PyTorch and, with "same", in Keras: see SAME_PADDING in same_padding.py.
aigcFigures.define("same_padding", ({ fill, text }) => {
  const LAYERS = 5, LATEST = 781, RATE = 8000, FRAMEWORKS = ["torch", "keras"];
  const NAMES = { torch: "PyTorch", keras: "Keras" };

  // What is added or cut before and after, and the number of outputs.
  function around({ way, length, kernel, stride }, framework) {
    const missing = kernel - stride, half = Math.ceil(missing / 2), floor = Math.floor(missing / 2);
    if (way === "up") {
      const before = framework === "torch" ? half : floor;
      return [before, missing - before, stride * length];
    }
    if (framework === "torch") return [half, half, Math.floor((length + 2 * half - kernel) / stride) + 1];
    const outputs = Math.ceil(length / stride), added = Math.max((outputs - 1) * stride + kernel - length, 0);
    return [Math.floor(added / 2), Math.ceil(added / 2), outputs];
  }

  // The inputs that an output hears; below 0 and from the length on stands nothing.
  function hears({ way, kernel, stride }, before, output) {
    if (way === "down") return [...fill(kernel, (j) => j + output * stride - before)];
    const place = output + before, first = Math.ceil((place - kernel + 1) / stride);
    return [...fill(Math.floor(place / stride) + 1 - first, (n) => first + n)];
  }

  function late({ kernel, stride }) {
    let sum = 0;
    for (let n = 0; n < LAYERS; n++) sum += stride ** n;
    return ((kernel - stride) % 2) * sum;
  }

  // Inputs and an output along the picture, in samples of the longer side.
  const ends = (v, inputs, chosen) =>
    v.way === "down" ? [inputs, chosen * v.stride] : [inputs.map((n) => n * v.stride), chosen];

  function drawOne(panel, v, c, name) {
    const [, , outputs, chosen] = c[name], heard = [...c[`${name}_hears`]];
    const [places, at] = ends(v, heard, chosen), [every] = ends(v, [...Array(v.length).keys()], 0);
    const there = heard.map((n) => n >= 0 && n < v.length), step = v.way === "down" ? v.stride : 1;
    const row = (xs, y, style) => panel.dots(xs, xs.map(() => y), style);
    const above = [...Array(outputs).keys()].map((n) => n * step);
    panel.segments(places.map((x) => [[x, 0], [at, 1]]), { colour: "blue", width: 0.9 });
    row(every, 0, { colour: "grey", radius: 2.2 });
    row(above, 1, { colour: "grey", radius: 2.2 });
    row(places.filter((_, n) => there[n]), 0, { colour: "orange" });
    const none = places.filter((_, n) => !there[n]), width = panel.axes.x[1] - panel.axes.x[0];
    const [a, b] = [width / 180, 0.06];
    panel.segments(
      none.flatMap((x) => [[[x - a, -b], [x + a, b]], [[x - a, b], [x + a, -b]]]), { colour: "purple" },
    );
    row([at], 1, { radius: 4.5 });
  }

  return {
    samples(v, { word }) {
      const behind = late(v), at = (n) => (n >= 0 && n < word.length ? word[n] : 0);
      return fill(word.length + LATEST, (n) => {
        if (v.heard === "torch") return at(n);
        return v.heard === "keras" ? at(n - behind) : (at(n) + at(n - behind)) / 2;
      });
    },

    curves(v) {
      const found = { late: [late(v)] };
      for (const name of FRAMEWORKS) {
        const [before, after, outputs] = around(v, name), chosen = Math.min(v.output, outputs - 1);
        found[name] = [before, after, outputs, chosen];
        found[`${name}_hears`] = hears(v, before, chosen);
      }
      return found;
    },

    reading(v, c) {
      const spoken = FRAMEWORKS.map((name) => {
        const [before, after, outputs] = [...c[name]].map((value) => text(value));
        const does = v.way === "down" ? `adds ${before} zeros before and ${after} after` : `cuts ${before} before and ${after} after`;
        return `${NAMES[name]} ${does} and has ${outputs} outputs`;
      }).join("; ");
      const spans = FRAMEWORKS.map((name) => {
        const row = c[`${name}_hears`];
        return `${text(row[0])} to ${text(row[row.length - 1])} in ${NAMES[name]}`;
      }).join(" and ");
      const behind = c.late[0], ms = text((1000 * behind) / RATE, 1);
      const heard = behind ? `${ms} ms late at 8,000 samples a second` : "in time";
      return `${spoken}. Output ${text(c.torch[3])} hears inputs ${spans}. After five layers up, Keras is ${heard}.`;
    },

    draw(plot, v, c) {
      const longer = v.length * (v.way === "down" ? 1 : v.stride);
      const axes = { x: [-14, longer + 14], y: [-0.4, 1.4], yticks: [[0, "in"], [1, "out"]] };
      const panels = plot.panels(
        { ...axes, xlabel: "", ylabel: "PyTorch" },
        { ...axes, xlabel: "place in samples of the longer side", ylabel: "Keras" },
      );
      panels.forEach((panel, n) => drawOne(panel, v, c, FRAMEWORKS[n]));
      panels[0].legend([
        ["heard", { colour: "orange" }, "dots"], ["nothing there", { colour: "purple" }], ["the output", {}, "dots"],
      ]);
    },
  };
});
