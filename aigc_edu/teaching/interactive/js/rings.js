// Ring buffers: see RINGS in ring_buffers.py.
aigcFigures.define("rings", ({ fill }) => {
  const DILATIONS = [1, 2, 4, 8], RATE = 16000, NOTE = 4000, HEARD = 8, LOUDNESS = 0.11;
  const twice = (notes) => [...notes, ...notes];
  const MELODY = [...twice([60, 62, 64, 60]), ...twice([64, 65, 67, 0]), ...twice([60, 55, 60, 0])];
  const NAMES = { 0: "–", 55: "G", 60: "C", 62: "D", 64: "E", 65: "F", 67: "G" };
  const modulo = (a, b) => ((a % b) + b) % b;

  // The time of the input in each slot when step t begins; -1 where there is none yet.
  const contents = (d, t) => fill(d, (slot) => Math.max(-1, t - 1 - modulo(t - 1 - slot, d)));
  const given = (c, d) => c[`ring ${d}`][c.now[0] % d];

  function note(number) {
    const step = (2 * Math.PI * 440 * 2 ** ((number - 69) / 12)) / RATE;
    return fill(NOTE, (n) => {
      if (!number) return 0;
      const edge = Math.min(1, Math.min(n, NOTE - 1 - n) / 160), phase = step * n;
      const tone = Math.sin(phase) + 0.4 * Math.sin(2 * phase) + 0.2 * Math.sin(3 * phase);
      return LOUDNESS * tone * edge * Math.exp((-3 * n) / NOTE);
    });
  }

  return {
    // Where the melody is after some seconds of playing: the picture follows it.
    follow: (v, data, seconds) => ({ time: (v.time + Math.floor((seconds * RATE) / NOTE)) % MELODY.length }),

    samples(v) {
      const row = new Float64Array(HEARD * NOTE);
      const add = (t, k) => {
        if (t >= 0) note(MELODY[t % MELODY.length]).forEach((x, n) => (row[k * NOTE + n] += x));
      };
      for (let k = 0; k < HEARD; k++) {
        add(v.time + k, k);
        if (v.heard) add(v.time + k - v.heard, k);
      }
      return row;
    },

    curves(v) {
      const rings = DILATIONS.map((d) => [`ring ${d}`, contents(d, v.time)]);
      return { melody: MELODY, now: [v.time], ...Object.fromEntries(rings) };
    },

    reading(v, c) {
      const words = DILATIONS.map((d) => (given(c, d) < 0 ? "0" : `x[${given(c, d)}]`));
      return `Step ${v.time}: the rings give ${words.slice(0, -1).join(", ")} and ${words[3]}; `
        + `then each takes x[${v.time}] in the same slot.`;
    },

    draw(plot, v, c) {
      plot.panels();
      const { pen, canvas, ink, colours } = plot, width = canvas.clientWidth, narrow = width < 520;
      const columns = narrow ? 2 : 4, cell = width / columns, top = 58;
      const high = (canvas.clientHeight - top) / (4 / columns);
      const say = (words, x, y, colour = ink) => {
        pen.fillStyle = colour;
        pen.textAlign = "center";
        pen.fillText(words, x, y + 4);
      };

      // The melody, a box a note: what goes in now, and what the chosen ring gives.
      const box = width / MELODY.length, late = v.time - v.heard;
      MELODY.forEach((number, t) => {
        const colour = t === v.time ? colours.blue : v.heard && t === late ? colours.orange : "";
        pen.strokeStyle = colour || ink;
        pen.globalAlpha = colour ? 1 : 0.25;
        pen.lineWidth = colour ? 2.5 : 1;
        pen.strokeRect(t * box + 1.5, 3, box - 3, 22);
        pen.globalAlpha = 1;
        say(NAMES[number], (t + 0.5) * box, 14);
      });
      say(`in: x[${v.time}]`, Math.min(Math.max((v.time + 0.5) * box, 30), width - 30), 38, colours.blue);

      DILATIONS.forEach((d, k) => {
        const x = cell * (0.5 + (k % columns)), start = top + high * Math.floor(k / columns);
        const room = Math.min(cell, high - 50), size = narrow ? 11.5 : 13, old = given(c, d);
        const radius = d === 1 ? 0 : room / 2 - size - 4, y = start + 40 + room / 2;
        say(`ring with d = ${d}`, x, start);
        pen.textAlign = "right";
        pen.fillStyle = colours.orange;
        pen.fillText(old < 0 ? "gives 0" : `gives x[${old}]`, x - 5, start + 22);
        pen.textAlign = "left";
        pen.fillStyle = colours.blue;
        pen.fillText(`takes x[${v.time}]`, x + 5, start + 22);
        c[`ring ${d}`].forEach((held, slot) => {
          const angle = (2 * Math.PI * (slot - v.time)) / d, here = slot === v.time % d;
          const at = [x + radius * Math.sin(angle), y - radius * Math.cos(angle)];
          pen.strokeStyle = here ? colours.orange : ink;
          pen.globalAlpha = here ? 1 : 0.45;
          pen.lineWidth = here ? 2.5 : 1;
          pen.beginPath();
          pen.arc(at[0], at[1], size, 0, 2 * Math.PI);
          pen.stroke();
          pen.globalAlpha = 1;
          say(held < 0 ? "0" : String(held), ...at);
        });
      });
    },
  };
});
