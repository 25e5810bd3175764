// Written tunes as piano rolls that play: see piano_roll.py.
aigcFigures.define("piano_roll", () => {
  const RATE = 16000, TAIL = 0.25, ATTACK = 0.005, RELEASE = 0.1, LOUDNESS = [0.12, 0.09], PARTIALS = 5;
  const COLOURS = ["orange", "blue"], VOICES = ["melody", "bass"], HALF = 0.42;
  const key = (v) => `${v.temperature}/${v.take}`;
  let said = ""; // of the tune whose curves were asked for last, just before it is read

  function played({ start, length, pitch, voice }) {
    const end = Math.max(...start.map((s, n) => s + length[n])) + TAIL;
    const x = new Float64Array(Math.round(end * RATE)), tau = 2 * Math.PI;
    for (let n = 0; n < start.length; n++) {
      const frequency = 440 * 2 ** ((pitch[n] - 69) / 12), seconds = length[n] + TAIL;
      const first = Math.round(start[n] * RATE), count = Math.min(Math.round(seconds * RATE), x.length - first);
      for (let k = 1; k <= PARTIALS && k * frequency < RATE / 2; k++) {
        const high = LOUDNESS[voice[n]] * 0.5 ** (k - 1), fall = 1 + 1.5 * k;
        for (let m = 0; m < count; m++) {
          const u = m / RATE, edge = Math.min(1, u / ATTACK) * Math.min(1, (seconds - u) / RELEASE);
          x[first + m] += high * edge * Math.exp(-fall * u) * Math.sin(tau * k * frequency * u);
        }
      }
    }
    return x.map((one) => Math.max(-1, Math.min(1, one)));
  }

  return {
    samples: (v, data) => played(data.tunes[key(v)]),

    curves(v, data) {
      said = data.said[key(v)];
      const tune = data.tunes[key(v)];
      return Object.fromEntries(Object.entries(tune).map(([name, row]) => [name, Float64Array.from(row)]));
    },

    reading: () => said,

    // While it plays, a line goes along.
    follow: (v, data, seconds) => ({ now: Math.floor(20 * seconds) / 20 }),

    draw(plot, v, c) {
      const end = Math.max(...c.start.map((s, n) => s + c.length[n]));
      const y = [Math.min(...c.pitch) - 2, Math.max(...c.pitch) + 2];
      const [panel] = plot.panels({ x: [0, end], y, xlabel: "time in seconds", ylabel: "MIDI number" });
      COLOURS.forEach((colour, voice) => {
        [...c.start].forEach((s, n) => {
          if (c.voice[n] !== voice) return;
          panel.bars([s], [c.pitch[n] - HALF], [c.pitch[n] + HALF], c.length[n], { colour });
        });
      });
      panel.legend(VOICES.map((name, n) => [name, { colour: COLOURS[n] }, "bars"]));
      if (v.now >= 0) panel.segments([[[Math.min(v.now, end), y[0]], [Math.min(v.now, end), y[1]]]], {});
    },
  };
});
