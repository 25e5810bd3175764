// A cloud of grains of a word: see CLOUD in cloud.py.
aigcFigures.define("cloud", ({ fill, hann, uniform, text }) => {
  const RATE = 8000, COUNT = 9600, WORD = 3600, STREAM = 91, OVERLAP = 4, GAIN = 0.5, COLUMNS = 150;

  function grains(v) {
    const length = 8 * Math.round(v.grain), hop = length / OVERLAP, count = Math.floor((COUNT + length) / hop);
    const times = uniform(count, STREAM), places = uniform(count, STREAM + 1), chance = v.chance / 100;
    const at = fill(count, (k) => k * hop - length + hop + Math.floor(chance * hop * times[k]));
    const start = at.map((begin, k) => {
      const from = (v.place / 100) * WORD + (v.pace / 100) * begin + chance * 0.3 * WORD * places[k];
      return Math.min(WORD - length - 1, Math.max(0, Math.floor(from)));
    });
    return { at, start, length };
  }

  return {
    samples(v, { word }) {
      const { at, start, length } = grains(v), g = hann(length), y = new Float64Array(COUNT);
      at.forEach((begin, k) => {
        for (let n = 0; n < length; n++) {
          if (begin + n >= 0 && begin + n < COUNT) y[begin + n] += GAIN * g[n] * (word[start[k] + n] || 0);
        }
      });
      const peak = y.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-9);
      return y.map((x) => x * Math.min(1, 0.9 / peak));
    },

    curves(v, { word }) {
      const { at, start } = grains(v), size = WORD / COLUMNS;
      return {
        at: at.map((n) => (1000 * n) / RATE), start: start.map((n) => (1000 * n) / RATE), lasting: [v.grain],
        outline: fill(COLUMNS, (c) => {
          let most = 0;
          for (let n = 0; n < size; n++) most = Math.max(most, Math.abs(word[c * size + n] || 0));
          return most;
        }),
        outline_at: fill(COLUMNS, (c) => ((c + 0.5) * 1000 * size) / RATE),
      };
    },

    reading(v, c) {
      const count = c.at.filter((begin) => begin >= 0 && begin < 1000).length;
      const how = v.pace === 0 ? "One moment, held" : `The word at ${text(v.pace)} % of its pace`;
      return `${how}${v.chance === 0 ? "" : ", more or less"}: ${text(count)} grains a second, each ${text(v.grain)} ms long.`;
    },

    draw(plot, v, c) {
      const wide = (1000 * COUNT) / RATE, [grain] = c.lasting, blue = { colour: "blue", width: 1.3 }, grey = { colour: "grey" };
      const [panel] = plot.panels({ x: [-0.2 * wide, wide], y: [0, (1000 * WORD) / RATE], xlabel: "heard at, in ms", ylabel: "taken from, in ms" });
      const most = Math.max(...c.outline), step = c.outline_at[1] - c.outline_at[0];
      const rows = [...c.outline].map((level, n) => [[-0.2 * wide, c.outline_at[n]], [(0.19 * level / most - 0.2) * wide, c.outline_at[n]]]);
      panel.segments(rows, { ...grey, width: Math.max(1, (panel.box.height * step) / 600) });
      panel.segments([...c.at].map((begin, k) => [[begin, c.start[k]], [begin + grain, c.start[k] + grain]]), blue);
      panel.legend([["the word", grey], ["grains", blue]]);
    },
  };
});
