// A sentence in other rhythms: see rhythm.py. Its sounds get other durations here, too.
aigcFigures.define("rhythm", ({ fill, hann, text, decode }) => {
  const DRAWN = "drawn", UP = 1, DOWN = 0, CLEAR = 0.12, FRAME = 400, REACH = 100;
  const sums = (row) => row.reduce((all, d) => [...all, all[all.length - 1] + d], [0]);
  const framesOf = (v, data) => (v.rhythm === DRAWN ? data.drawn[`${v.noise}/${v.take}`] : data.told[v.rhythm]);
  const wanted = (v, data) =>
    framesOf(v, data).map((d) => Math.max(1, Math.floor((200 * data.hop * d + v.speed) / (2 * v.speed))));
  let labels = []; // of the figure whose curves were computed last, just before it is read

  // ------------------------------------------------------------ other durations: see dsp/retiming.py
  function retime(x, old, wanted) {
    const half = FRAME / 2, zeros = 2 * (FRAME + REACH), ends = sums(old), starts = sums(wanted);
    const whole = ends[ends.length - 1], length = starts[starts.length - 1];
    const padded = fill(whole + 2 * zeros, (n) => (n < zeros || n - zeros >= whole ? 0 : x[n - zeros] || 0));
    const frames = Math.ceil(length / half) + 1, y = new Float64Array((frames + 1) * half), g = hann(FRAME);
    const order = [0];
    for (let k = 1; k <= REACH; k++) order.push(-k, k); // the nearest first

    // How far the frame around a place is from what would have come next; more than most: stop.
    function off(place, next, most) {
      let sum = 0;
      for (let n = -half; n < half && sum <= most; n++) sum += (padded[place + zeros + n] - padded[next + zeros + n]) ** 2;
      return sum;
    }

    for (let m = 0, last = 0, piece = 0; m < frames; m++) {
      const centre = m * half, next = last + half;
      while (piece < wanted.length - 1 && starts[piece + 1] <= centre) piece++;
      const into = centre - starts[piece];
      const source = ends[piece] + Math.floor((2 * into * old[piece] + wanted[piece]) / (2 * wanted[piece]));
      let least = Infinity;
      for (const k of m ? order : []) {
        const far = off(source + k, next, least);
        if (far < least) [least, last] = [far, source + k];
      }
      for (let n = 0; n < FRAME; n++) y[centre + n] += g[n] * padded[last + zeros - half + n];
    }
    return fill(length, (n) => Math.max(-1, Math.min(1, y[half + n])));
  }

  return {
    samples(v, data) {
      data.samples = data.samples || decode(data.sentence);
      return retime(data.samples, data.recorded, wanted(v, data));
    },

    curves(v, data) {
      labels = data.labels;
      const seconds = (row) => Float64Array.from(sums(row), (n) => n / data.rate);
      return { recorded: seconds(data.recorded), now: seconds(wanted(v, data)) };
    },

    reading(v, c) {
      const last = c.now.length - 1, lasts = fill(last, (n) => c.now[n + 1] - c.now[n]), most = Math.max(...lasts);
      const longest = lasts.findIndex((d) => d > most - 1e-9), all = c.now[last];
      const name = v.rhythm === DRAWN ? `${v.rhythm} (noise ${v.noise.toFixed(1)})` : v.rhythm;
      return `Durations: ${name}. It takes ${text(all, 2)} s, ${text((100 * all) / c.recorded[last])} % of the `
        + `recording; the longest sound, ${labels[longest]}, ${text(1000 * lasts[longest])} ms.`;
    },

    // While it plays, a dot goes along.
    follow: (v, data, seconds) => ({ now: Math.floor(50 * seconds) / 50 }),

    draw(plot, v, c) {
      const last = c.now.length - 1, end = 1.02 * Math.max(c.now[last], c.recorded[last]);
      const yticks = [[UP, "rec."], [DOWN, "now"]];
      const [panel] = plot.panels({ x: [0, end], y: [-0.5, 1.5], yticks, xlabel: "time in seconds", ylabel: "" });
      const rows = [[c.recorded, UP, "grey"], [c.now, DOWN, "orange"]];
      for (const [ends, height, colour] of rows) {
        panel.line([ends[0], ends[last]], [height, height], { colour });
        panel.segments([...ends].map((x) => [[x, height - CLEAR], [x, height + CLEAR]]), { colour, width: 1.4 });
        labels.forEach((label, n) => {
          const room = panel.x(ends[n + 1]) - panel.x(ends[n]), y = panel.y(height ? height + CLEAR : height - CLEAR);
          if (room > 9) panel.label(label === "pause" && room < 34 ? "" : label, panel.x((ends[n] + ends[n + 1]) / 2), y + (height ? -4 : 13), "center");
        });
      }
      const pairs = [...c.now].map((x, n) => [[c.recorded[n], UP - CLEAR], [x, DOWN + CLEAR]]);
      panel.segments(pairs, { colour: "grey", width: 0.6 });
      if (v.now >= 0) panel.dots([Math.min(v.now, c.now[last])], [DOWN], { colour: "blue", radius: 5 });
    },
  };
});
