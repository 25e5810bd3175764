// A critic and a generator at play: see two_players.py.
aigcFigures.define("two_players", ({ fill, linspace, span, text }) => {
  const RATE = 8000, NOTE = 880, AFTER = 12, NOTES = 48, BUMPS = 21, WIDTH = 0.2, KNOTS = 13, REACH = 1.6;
  const SHARES = [0.25, 0.5, 0.25], PLACES = [-9 / 12, 0, 7 / 12], SPREAD = 0.06, NEAR = 0.2;
  const EVERY = 8, LAST = 50, STEP = 0.01, BETA = 0.9, LEAST = 1e-3, GAMMA = 0.02, LAMBDA = 0.1, MIXES = 9;
  const CENTRES = linspace(-REACH, REACH, BUMPS), Z = fill(NOTES, (n) => (n + 0.5) / NOTES), known = {};
  const XS = linspace(-REACH, REACH, 161);

  const sum = (row) => row.reduce((a, b) => a + b, 0), mean = (row) => sum(row) / row.length;
  const sigmoid = (a) => 1 / (1 + Math.exp(-a));
  const softplus = (a) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a)));
  const density = (x) => SHARES.reduce((total, share, k) =>
    total + (share * Math.exp(-0.5 * ((x - PLACES[k]) / SPREAD) ** 2)) / SPREAD, 0) / Math.sqrt(2 * Math.PI);

  // Real notes, evenly through their distribution.
  const REAL = (() => {
    const x = linspace(-1.5, 1.5, 3001), area = new Float64Array(3001);
    x.forEach((one, n) => (area[n] = density(one) + (n ? area[n - 1] : 0)));
    const share = area.map((a) => a / area[3000]);
    return Z.map((z) => {
      const n = share.findIndex((a) => a > z);
      return x[n - 1] + ((z - share[n - 1]) / (share[n] - share[n - 1])) * (x[n] - x[n - 1]);
    });
  })();

  // What each weight of the generator adds to each note.
  const CURVE = [...Z].map((z) => {
    const row = fill(KNOTS, (k) => Math.exp(-0.5 * ((z - k / (KNOTS - 1)) * (KNOTS - 1)) ** 2)), all = sum(row);
    return row.map((value) => value / all);
  });

  // One note's features at a time, in plain loops: they run some millions of times.
  const row = new Float64Array(BUMPS);
  function lay(x, steep) {
    for (let k = 0; k < BUMPS; k++) {
      const off = x - CENTRES[k], bump = Math.exp(-0.5 * (off / WIDTH) * (off / WIDTH));
      row[k] = steep ? (-off / (WIDTH * WIDTH)) * bump : bump;
    }
  }
  function along(critic) {
    let total = 0;
    for (let k = 0; k < BUMPS; k++) total += row[k] * critic[k];
    return total;
  }
  function push(pull, weight) {
    for (let k = 0; k < BUMPS; k++) pull[k] += row[k] * weight;
  }
  // The critic's score of each note, or its slope there.
  function ask(critic, notes, steep = false) {
    const found = new Float64Array(notes.length);
    for (let n = 0; n < notes.length; n++) {
      lay(notes[n], steep);
      found[n] = along(critic);
    }
    return found;
  }
  // How much each real note and each made one counts, over all pairs.
  function pairs(up, down) {
    const byReal = new Float64Array(NOTES), byMade = new Float64Array(NOTES);
    for (let r = 0; r < NOTES; r++) {
      for (let m = 0; m < NOTES; m++) {
        const weight = sigmoid(down[m] - up[r]) / NOTES;
        byReal[r] += weight;
        byMade[m] += weight;
      }
    }
    return { byReal, byMade };
  }

  function criticPull(loss, critic, made) {
    const pull = new Float64Array(BUMPS);
    const add = (notes, steep, weight) => {
      for (let n = 0; n < NOTES; n++) {
        lay(notes[n], steep);
        push(pull, weight(along(critic), n) / NOTES);
      }
    };
    if (loss === "logistic") {
      add(made, false, (score) => sigmoid(score));
      add(REAL, false, (score) => -sigmoid(-score));
    } else if (loss === "wasserstein") {
      add(made, false, () => 1);
      add(REAL, false, () => -1);
      for (let m = 0; m < MIXES; m++) {
        const mix = m / (MIXES - 1), between = REAL.map((x, n) => mix * x + (1 - mix) * made[n]);
        add(between, true, (slope) => (2 * LAMBDA * (Math.abs(slope) - 1) * Math.sign(slope)) / MIXES);
      }
    } else {
      const { byReal, byMade } = pairs(ask(critic, REAL), ask(critic, made));
      add(made, false, (_, n) => byMade[n]);
      add(REAL, false, (_, n) => -byReal[n]);
      add(REAL, true, (slope) => GAMMA * slope);
      add(made, true, (slope) => GAMMA * slope);
    }
    return pull;
  }

  function generatorPull(loss, critic, made) {
    const scores = ask(critic, made), steep = ask(critic, made, true), pull = new Float64Array(KNOTS);
    let weight = scores.map(() => 1);
    if (loss === "logistic") weight = scores.map((s) => sigmoid(-s));
    if (loss === "relativistic") weight = pairs(scores, ask(critic, REAL)).byReal;
    for (let n = 0; n < NOTES; n++) {
      for (let k = 0; k < KNOTS; k++) pull[k] -= (CURVE[n][k] * weight[n] * steep[n]) / NOTES;
    }
    return pull;
  }

  function losses(loss, critic, made) {
    const up = ask(critic, REAL), down = ask(critic, made);
    if (loss === "logistic") {
      const own = mean(down.map((s) => softplus(-s)));
      return [mean(up.map((s) => softplus(-s))) + mean(down.map(softplus)), own];
    }
    if (loss === "wasserstein") return [mean(down) - mean(up), -mean(down)];
    return [-1, 1].map((sign) => mean(up.map((r) => mean(down.map((m) => softplus(sign * (r - m)))))));
  }

  // Adam without momentum; then round, as Python does.
  function learn(player, pull, rate) {
    player.updates += 1;
    const full = 1 - BETA ** player.updates;
    player.square = player.square.map((s, k) => BETA * s + (1 - BETA) * pull[k] ** 2);
    player.weights = player.weights.map((w, k) => {
      const moved = w - (rate * pull[k]) / (Math.sqrt(player.square[k] / full) + LEAST);
      return Math.floor(moved * 2 ** 20 + 0.5) / 2 ** 20;
    });
  }

  function game({ loss, ratio }) {
    const key = loss + ratio;
    if (known[key]) return known[key];
    const player = (weights) => ({ weights, square: weights.map(() => 0), updates: 0 });
    const critic = player(new Float64Array(BUMPS));
    const generator = player(linspace(-1, 1, KNOTS).map((x) => 0.15 * x - 0.3)), seen = [];
    for (let turn = 0; turn <= EVERY * LAST; turn++) {
      const made = fill(NOTES, (n) => CURVE[n].reduce((all, c, k) => all + c * generator.weights[k], 0));
      if (turn % EVERY === 0) {
        const off = mean(made.slice().sort().map((x, n) => Math.abs(x - REAL[n])));
        seen.push({ critic: critic.weights, made, losses: losses(loss, critic.weights, made), off });
      }
      learn(critic, criticPull(loss, critic.weights, made), STEP * ratio);
      learn(generator, generatorPull(loss, critic.weights, made), STEP);
    }
    return (known[key] = seen);
  }

  return {
    // While it plays the game goes on, and where it is stopped the slider stays.
    stays: "turn",
    follow: (v, data, seconds) =>
      ({ turn: Math.min(EVERY * LAST, v.turn + EVERY * Math.floor((seconds * RATE) / NOTE)) }),

    samples(v) {
      const played = game(v), first = v.turn / EVERY, count = LAST - first + AFTER;
      return fill(count * NOTE, (i) => {
        const n = i % NOTE, k = first + (i - n) / NOTE, x = played[Math.min(k, LAST)].made[(19 * k) % NOTES];
        const pitch = 440 * 2 ** Math.max(-2, Math.min(2, x));
        return 0.3 * Math.sin((Math.PI * n) / NOTE) ** 2 * Math.sin((2 * Math.PI * pitch * n) / RATE);
      });
    },

    curves(v) {
      const seen = game(v).slice(0, v.turn / EVERY + 1), { made, critic } = seen[seen.length - 1];
      const bins = fill(64, (n) => -REACH + 0.05 * n), counts = new Float64Array(64);
      for (const x of made) {
        const bin = Math.floor((x + REACH) / 0.05);
        if (bin >= 0 && bin < 64) counts[bin] += 1 / (NOTES * 0.05);
      }
      return {
        x: XS, truth: XS.map(density), bins, made: counts, score: ask(critic, XS), notes: made, scores: ask(critic, made),
        turns: seen.map((_, n) => EVERY * n),
        losses: [0, 1].flatMap((who) => seen.map((one) => one.losses[who])),
        distance: seen.map((one) => one.off),
        hit: PLACES.map((place) => made.filter((x) => Math.abs(x - place) < NEAR).length / NOTES),
      };
    },

    reading(v, c) {
      const [low, middle, high] = c.hit.map((share) => text(100 * share)), count = c.turns.length;
      const [critic, generator] = [c.losses[count - 1], c.losses[2 * count - 1]].map((x) => text(x, 2));
      return `Turn ${v.turn}: ${low} % of the made notes are at the low place, ${middle} % at the `
        + `middle one, ${high} % at the high one (real: 25, 50 and 25 %). They lie `
        + `${text(c.distance[count - 1], 2)} octaves off. Losses: critic ${critic}, generator ${generator}.`;
    },

    draw(plot, v, c) {
      const count = c.turns.length, own = c.losses.slice(0, count), other = c.losses.slice(count);
      const name = "note in octaves from 440 Hz", x = [-REACH, REACH];
      const [upper, middle, lower] = plot.panels(
        { x, y: [0, 5], xlabel: name, ylabel: "density" },
        { x, y: span([...c.score]), xlabel: name, ylabel: "score" },
        { x: [0, EVERY * LAST], y: span([0, ...c.losses, ...c.distance]), xlabel: "turn", ylabel: "loss" },
      );
      const blue = { colour: "blue" }, green = { colour: "green" }, orange = { colour: "orange" };
      upper.bars(c.bins, fill(64, () => 0), c.made, 0.05, blue);
      upper.line(c.x, c.truth, orange);
      upper.legend([["made", blue, "bars"], ["real", orange]]);
      middle.line(c.x, c.score, green);
      middle.dots(c.notes, c.scores, { ...blue, radius: 3 });
      middle.legend([["critic", green], ["made notes", blue, "dots"]]);
      const dashed = { colour: "blue", dash: [6, 4] }, dotted = { colour: "purple", dash: [2, 3] };
      lower.line(c.turns, own, green);
      lower.line(c.turns, other, dashed);
      lower.line(c.turns, c.distance, dotted);
      const phone = lower.box.width < 420;
      lower.legend([[phone ? "critic" : "critic's loss", green], [phone ? "generator" : "generator's loss", dashed], ["octaves off", dotted]]);
    },
  };
});
