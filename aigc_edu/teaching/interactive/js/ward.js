// A ward of trainings, ill and mended, seen and heard: see ward.py.
aigcFigures.define("ward", ({ decode, hann, amplitudes, decibels }) => {
  const known = new Map();
  const numbers = (code) => known.get(code) || known.set(code, decode(code)).get(code);
  const key = (v) => `${v.patient}/${v.state}`;
  const STYLES = [{ colour: "blue" }, { colour: "orange", dash: [6, 4] }];
  const ANCHORS = [{ dash: [2, 3] }, { dash: [7, 3, 2, 3] }, { dash: [8, 3] }];

  return {
    samples: (v, data) => numbers(data.clips[key(v)]),

    curves(v, data) {
      const { frame, hop, longest } = data, x = numbers(data.clips[key(v)]), bins = frame / 2 + 1;
      const padded = new Float64Array(longest + 2 * frame), window = hann(frame);
      padded.set(x, frame / 2);
      const columns = Math.ceil(longest / hop), levels = new Float64Array(columns * bins);
      for (let m = 0; m < columns; m++) {
        const cut = padded.subarray(m * hop, m * hop + frame);
        levels.set(decibels(amplitudes(cut, window, frame), data.limits[0]), m * bins);
      }
      return { ...data.views[key(v)].lines, levels };
    },

    reading: (v, c, data) => data.sentences[key(v)],

    draw(plot, v, c, data) {
      const view = data.views[key(v)], { longest, rate, frame, limits } = data;
      const [upper, lower] = plot.panels(
        { x: view.x, y: view.y, xlabel: "step", ylabel: view.unit },
        { x: [0, longest / rate], y: [0, rate / 2000], xlabel: "time in seconds", ylabel: "kHz", image: true },
      );
      view.anchors.forEach(([, value], n) => upper.line(view.x, [value, value], ANCHORS[n % 3]));
      view.names.forEach((name, n) => upper.line(c[`step${n}`], c[`value${n}`], STYLES[n]));
      upper.legend([
        ...view.names.map((name, n) => [name, STYLES[n]]),
        ...view.anchors.map(([name], n) => [name, ANCHORS[n % 3]]),
      ]);
      lower.image(c.levels, c.levels.length / (frame / 2 + 1), limits);
    },
  };
});
