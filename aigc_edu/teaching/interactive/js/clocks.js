// The clocks of a SampleRNN: see CLOCKS in clocks.py.
aigcFigures.define("clocks", ({ fill }) => {
  const RATE = 16000, TICK = 1600, HEARD = 32, PACE = 8000, COLUMNS = 64;
  const TICKS = [[330, 1500, 0.3], [830, 500, 0.2], [2200, 80, 0.12]];
  const TIERS = ["slow tier", "fast tier", "sample tier"];
  const ROWS = ["codes", "sample tier", "its outputs", "fast tier", "its outputs", "slow tier"];
  const frames = (sizes) => sizes.split(" ").map(Number);

  // First and last code of the frame that a tier has read last.
  function reads(size, time) {
    const last = Math.floor(time / size) * size;
    return [last - size + 1, last];
  }

  function tick(tier) {
    const [frequency, decay, loudness] = TICKS[tier], step = (2 * Math.PI * frequency) / RATE;
    return fill(Math.round(5 * decay), (n) => loudness * Math.sin(step * n) * Math.exp(-n / decay));
  }

  function span([first, last]) {
    if (last <= 0) return "silence and code 0";
    return first >= 0 ? `codes ${first} to ${last}` : `silence to code ${last}`;
  }

  return {
    // Where the clocks are after some seconds of playing: the picture follows them.
    follow(v, data, seconds) {
      if (v.heard === "pace") return {};
      return { time: (v.time + Math.floor((seconds * RATE) / TICK)) % COLUMNS };
    },

    samples(v) {
      const row = new Float64Array(HEARD * TICK), [slow, fast] = frames(v.sizes);
      if (v.heard === "pace") {
        const tone = (size, n) => Math.sin(((2 * Math.PI * PACE) / size) * (n / RATE));
        return row.map((_, n) => 0.12 * tone(slow, n) + 0.06 * tone(fast, n));
      }
      [slow, fast, 1].forEach((size, tier) => {
        if (v.heard !== "all" && v.heard !== TIERS[tier]) return;
        for (let step = 0; step < HEARD; step++) {
          if ((v.time + step) % size) continue;
          tick(tier).forEach((x, n) => {
            const at = step * TICK + n;
            if (at < row.length) row[at] += x;
          });
        }
      });
      return row;
    },

    curves(v) {
      const [slow, fast] = frames(v.sizes), t = v.time, window = [t - fast + 1, t];
      const read = [reads(slow, t), reads(fast, t), window];
      const within = (c, [first, last]) => c >= first && c <= last;
      const ways = fill(COLUMNS, (c) => {
        const way = within(c, window) + 2 * within(c, read[1]) + 4 * within(c, read[0]);
        return way || (c <= t ? 8 : 0);
      });
      return {
        moves: [Number(t % slow === 0), Number(t % fast === 0), 1], read: read.flat(),
        used: [Math.floor(t / fast) % (slow / fast), t % fast], ways,
      };
    },

    reading(v, c) {
      const [slow, fast] = frames(v.sizes), t = v.time;
      const moving = ["the sample tier"];
      if (c.moves[1]) moving.push("the fast tier");
      if (c.moves[0]) moving.push("the slow tier");
      const who = moving.length > 1 ? `${moving.slice(0, -1).join(", ")} and ${moving[moving.length - 1]}` : moving[0];
      const [bySlow, byFast, bySamples] = [0, 2, 4].map((n) => span([c.read[n], c.read[n + 1]]));
      return `Code ${t} has come; ${who} move${moving.length === 1 ? "s" : ""}. Sample ${t + 1} `
        + `hears ${bySamples} by the table, ${byFast} by output ${c.used[1] + 1} of ${fast} of the fast tier, `
        + `${bySlow} by output ${c.used[0] + 1} of ${slow / fast} of the slow one, and all codes before by `
        + "their states.";
    },

    draw(plot, v, c) {
      const [slow, fast] = frames(v.sizes), t = v.time;
      const [panel] = plot.panels({
        x: [-0.6, COLUMNS + 0.6], y: [-0.6, 5.6], image: true, right: 8,
        yticks: [], xlabel: "code", ylabel: "",
      });
      const block = (row, first, last, colour) => {
        if (last < 0) return;
        const left = Math.max(-0.6, first - 0.4);
        panel.bars([left], [row - 0.36], [row + 0.2], last + 0.4 - left, { colour });
      };
      [[5, slow, fast, 0], [3, fast, 1, 1]].forEach(([row, size, step, tier]) => {
        const now = [c.read[2 * tier], c.read[2 * tier + 1]];
        for (let last = 0; last < now[1]; last += size) block(row, last - size + 1, last, "grey");
        block(row, ...now, c.moves[tier] ? "orange" : "blue");
        for (let part = 0; part < size / step; part++) {
          const first = now[1] + 1 + part * step;
          block(row - 1, first, first + step - 1, part === c.used[tier] ? "green" : "grey");
        }
      });
      block(1, c.read[4], c.read[5], "orange");
      for (let code = 0; code <= t; code++) block(0, code, code, "grey");
      block(0, t + 1, t + 1, "purple");
      // What leads down to the next sample.
      const told = c.read[1] + 1 + fast * c.used[0] + (fast - 1) / 2, said = t + 1;
      panel.segments([
        [[c.read[1], 4.64], [told, 4.2]], [[told, 3.64], [c.read[3], 3.2]], [[c.read[3], 2.64], [said, 2.2]],
        [[said, 1.64], [said, 0.2]], [[t, 0.64], [said, 0.2]],
      ], { colour: "green", width: 1.3 });
      plot.pen.fillStyle = plot.ink;
      ROWS.forEach((name, row) => panel.label(name, panel.box.left + 4, panel.y(row + 0.28), "left"));
      const phone = panel.box.width < 420;
      panel.legend([
        ["moves", { colour: "orange" }, "bars"], [phone ? "held" : "read before, held", { colour: "blue" }, "bars"],
        [phone ? "used" : "output in use", { colour: "green" }, "bars"], ["next", { colour: "purple" }, "bars"],
      ]);
    },
  };
});
