// A listening test: see listening.py and listening_tests.py. What is answered stays in the browser,
// under a key of its own, and leaves it only as a file that the listener saves.
aigcFigures.define("listening", ({ fill, uniform, decode, text }, InteractiveFigure) => {
  const LETTERS = "ABCDEFGHIJ", WORDS = ["bad", "poor", "fair", "good", "excellent"], SHARE = 0.15;
  const COLUMNS = ["test", "kind", "listener", "trial", "item", "condition", "against", "value"];

  // ------------------------------------------------------------ the order: see listening_tests.py
  const sorted = (row) => [...row.keys()].sort((a, b) => row[a] - row[b]);
  const trialsOf = (data) => data.items.length * data.rounds;
  const numberOf = (data, seed, trial) => sorted(uniform(trialsOf(data), 1000 * seed))[trial - 1];

  // Which version stands behind a letter, by its number.
  function versionOf(data, seed, trial, letter) {
    if (letter === "Reference") return data.versions.indexOf(data.reference);
    const count = data.versions.length, stream = 1000 * seed + 1 + numberOf(data, seed, trial);
    const drawn = uniform(Math.max(3, count), stream), order = sorted(drawn.subarray(0, count));
    return order[letter === "X" ? Number(drawn[2] >= 0) : LETTERS.indexOf(letter)];
  }

  function soundOf(data, seed, { trial, heard }) {
    const item = numberOf(data, seed, trial) % data.items.length;
    return decode(data.sounds[item][versionOf(data, seed, trial, heard)]);
  }

  // ------------------------------------------------------------ statistics: see evaluation/listening.py
  // The share of Student's distribution from -t to t; the degrees of freedom are a whole number.
  function within(t, freedom) {
    const angle = Math.atan(t / Math.sqrt(freedom)), cosine = Math.cos(angle), odd = freedom % 2;
    let term = odd ? cosine : 1, sum = freedom > 1 ? term : 0;
    for (let k = odd ? 3 : 2; k < freedom; k += 2) sum += term *= (cosine ** 2 * (k - 1)) / k;
    return odd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
  }

  function quantile(share, freedom) {
    let low = 0, high = 1000;
    for (let k = 0; k < 80; k++) {
      const middle = (low + high) / 2;
      if (within(middle, freedom) < share) low = middle;
      else high = middle;
    }
    return high;
  }

  // Mean, and the ends of its 95 % interval.
  function interval(values) {
    const n = values.length, mean = values.reduce((sum, x) => sum + x, 0) / n;
    const spread = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1) / n);
    const half = quantile(0.95, n - 1) * spread;
    return [mean, mean - half, mean + half];
  }

  // How probable 0 ... n right answers are for someone who guesses.
  function chanceOf(n) {
    let p = 0.5 ** n;
    return fill(n + 1, (k) => (p *= k ? (n - k + 1) / k : 1));
  }

  // ------------------------------------------------------------ what was answered
  // Trials that are answered whole, as rows [trial, item, condition, against, value].
  function rowsOf(data, { seed, answers }) {
    const rows = [], [one, other] = data.versions;
    for (let trial = 1; trial <= trialsOf(data); trial++) {
      if (!whole(data, answers[trial])) continue;
      const item = data.items[numberOf(data, seed, trial) % data.items.length], own = answers[trial];
      const stands = (letter) => versionOf(data, seed, trial, letter);
      if (data.kind === "mushra") {
        const order = data.versions.map((_, n) => stands(LETTERS[n]));
        data.versions.forEach((name, v) =>
          rows.push([trial, item, name, data.reference, own[LETTERS[order.indexOf(v)]]]));
      } else if (data.kind === "abx") {
        const right = stands(own.choice) === stands("X"), x = stands("X");
        rows.push([trial, item, data.versions[x], data.versions[1 - x], Number(right)]);
      } else rows.push([trial, item, one, other, Number(stands(own.choice) === 0)]);
    }
    return rows;
  }

  function whole(data, own) {
    if (!own) return false;
    return data.kind === "mushra" ? data.versions.every((_, n) => LETTERS[n] in own) : Boolean(own.choice);
  }

  // What is seen, -1 for what isn't known before the end: see unanswered in listening.py.
  function curvesOf(data, session) {
    const rows = rowsOf(data, session), n = trialsOf(data), { versions, kind, least } = data;
    const each = kind === "mushra" ? versions.length : 1, answered = [rows.length / each];
    const done = Boolean(session.finished), values = rows.map((row) => row[4]);
    if (kind !== "mushra") {
      return { answered, hits: [done ? values.reduce((a, b) => a + b) : -1], chance: chanceOf(n) };
    }
    const of = (name) => rows.filter((row) => row[2] === name).map((row) => row[4]);
    const found = versions.map((name) => (done ? interval(of(name)) : [-1, -1, -1]));
    const [means, lows, highs] = [0, 1, 2].map((k) => found.map((row) => row[k]));
    const missed = [done ? of(data.reference).filter((value) => value < least).length : -1];
    return { answered, missed, means, lows, highs };
  }

  const quoted = (cell) => (/[",\r\n]/.test(cell) ? `"${String(cell).replace(/"/g, '""')}"` : cell);
  const csvOf = (data, session) =>
    [COLUMNS, ...rowsOf(data, session).map((row) => [data.name, data.kind, session.listener, ...row])]
      .map((row) => row.map(quoted).join(",") + "\r\n").join("");

  function jsonOf(data, session) {
    const { name: test, kind } = data, { listener, seed } = session;
    const rows = rowsOf(data, session).map((row) => Object.fromEntries(row.map((x, n) => [COLUMNS[n + 3], x])));
    return JSON.stringify({ format: "aigc-edu-listening", version: 1, test, kind, listener, seed, rows }, null, 1);
  }

  // ------------------------------------------------------------ the page
  function make(tag, words = "", marks = {}) {
    const element = document.createElement(tag);
    element.textContent = words;
    for (const [name, value] of Object.entries(marks)) element.setAttribute(name, value);
    return element;
  }
  const press = (words, act) => {
    const button = make("button", words, { type: "button" });
    button.addEventListener("click", act);
    return button;
  };
  const inWords = (value) => `${value}, ${WORDS[Math.min(4, Math.floor(value / 20))]}`;
  const STYLE = ".aigc-interactive .aigc-test { margin: 0.6rem 0; } "
    + ".aigc-interactive .aigc-rate { display: grid; grid-template-columns: 3rem 1fr 7.5rem; align-items: center; column-gap: 0.7rem; margin: 0.25rem 0; } "
    + ".aigc-interactive .aigc-rate button { min-width: 0; padding: 0.2rem; } "
    + ".aigc-interactive .aigc-rate button[aria-pressed='true'] { background: #0079bd; border-color: #0079bd; color: #ffffff; } "
    + ".aigc-interactive .aigc-choices label { display: flex; align-items: center; gap: 0.5rem; min-height: 2rem; } "
    + ".aigc-interactive .aigc-steps { display: flex; flex-wrap: wrap; gap: 0.4rem; margin-top: 0.6rem; } "
    + ".aigc-interactive .aigc-steps button { min-width: 0; }";

  class Test extends InteractiveFigure {
    listen() {
      this.session = this.recall();
      this.build();
      this.keep();
      this.say("");
      super.listen();
    }

    // ---------------------------------------------------------- kept in the browser
    get place() {
      return `aigc-listening-${this.data.name}`;
    }

    recall() {
      try {
        const kept = JSON.parse(localStorage.getItem(this.place));
        if (kept && kept.mark === this.data.mark && kept.answers && kept.played) return kept;
      } catch {} // nothing is kept here, or it is no answer of ours
      return this.begin();
    }

    begin() {
      const [a, b] = crypto.getRandomValues(new Uint32Array(2)), { seed, mark } = this.data;
      const listener = a.toString(16).padStart(8, "0");
      return { mark, listener, seed: seed === null ? b % 1e6 : seed, trial: 1, answers: {}, played: {} };
    }

    keep() {
      try {
        localStorage.setItem(this.place, JSON.stringify(this.session));
      } catch {
        this.lost = true;
      }
    }

    // ---------------------------------------------------------- what stands on the page
    build() {
      const controls = this.element.querySelector(".aigc-controls"), sounds = this.element.querySelector(".aigc-sound");
      this.form = make("div", "", { class: "aigc-test" });
      this.data.kind === "mushra" ? this.buildRates() : this.buildChoices();
      const steps = make("div", "", { class: "aigc-steps", role: "group", "aria-label": "Steps" });
      this.note = make("output", "", { class: "aigc-note", "aria-live": "polite" });
      this.onwards = press("Next", () => this.next());
      steps.append(press("Back", () => this.go(this.values().trial - 1)), this.onwards);
      steps.append(press("Save as CSV", () => this.save("csv", "text/csv")), press("Save as JSON", () => this.save("json", "application/json")));
      steps.append(press("Begin again", () => this.again()));
      this.form.append(steps, this.note);
      this.canvas.before(make("style", STYLE), controls, sounds, this.form);
      this.select = controls.querySelector("select");
      this.select.selectedIndex = this.session.trial - 1;
    }

    // A row for each letter: its button, a slider, and what the slider says.
    buildRates() {
      this.rates = {};
      for (const button of this.choices().slice(1)) {
        const letter = button.textContent, row = make("div", "", { class: "aigc-rate", role: "group", "aria-label": `Sound ${letter}` });
        const slider = make("input", "", { type: "range", min: 0, max: 100, step: 1, "aria-label": `Rating of ${letter}` });
        const said = make("output", "", { "aria-live": "off" });
        slider.addEventListener("input", () => this.answer(letter, Number(slider.value)));
        row.append(button, slider, said);
        this.form.append(row);
        this.rates[letter] = { slider, said };
      }
    }

    buildChoices() {
      const abx = this.data.kind === "abx", name = `${this.place}-choice`;
      const group = make("div", "", { class: "aigc-choices", role: "radiogroup", "aria-label": abx ? "Which one is X?" : "Which one is better?" });
      this.radios = ["A", "B"].map((letter) => {
        const radio = make("input", "", { type: "radio", name, value: letter }), label = make("label");
        radio.addEventListener("change", () => this.answer("choice", letter));
        label.append(radio, abx ? `X is ${letter}` : `${letter} is better`);
        group.append(label);
        return radio;
      });
      this.form.append(group);
    }

    // ---------------------------------------------------------- answering
    get own() {
      return this.session.answers[this.values().trial] || {};
    }

    answer(what, value) {
      this.session.answers[this.values().trial] = { ...this.own, [what]: value };
      this.keep();
      this.show();
      const before = this.seen.answered[0];
      this.seen = this.curves();
      if (this.seen.answered[0] !== before) this.tell(); // read out once a trial, not at each step
    }

    choose(button) {
      super.choose(button);
      const { trial, heard } = this.values(), { played } = this.session;
      played[trial] = [...new Set([...(played[trial] || []), heard])];
      this.keep();
    }

    // A letter presses its button, R the reference; a list that opens keeps its own letters.
    key(event) {
      if (event.ctrlKey || event.altKey || event.metaKey || event.key.length !== 1 || event.target.tagName === "SELECT") return;
      const letter = event.key.toUpperCase(), named = (one) => [one.textContent, one.textContent[0]].includes(letter);
      const button = this.choices().find(named);
      if (button) button.click();
    }

    // Go on, if this trial is answered whole; after the last one show the results.
    next() {
      const { trial } = this.values(), missing = this.missing(trial), all = trialsOf(this.data);
      if (missing && !this.session.finished) return this.say(missing);
      const open = Array.from({ length: all }, (_, n) => n + 1).find((n) => this.missing(n));
      if (trial < all || open) return this.go(trial < all ? trial + 1 : open);
      this.session.finished = true;
      this.keep();
      this.change();
      this.say("Thank you. Nothing has left your browser: save your answers as a file.");
    }

    // What is still to do in a trial, in words.
    missing(trial) {
      const own = this.session.answers[trial] || {}, heard = this.session.played[trial] || [];
      const unheard = this.choices().map((one) => one.textContent).filter((letter) => !heard.includes(letter));
      const unrated = Object.keys(this.rates || {}).filter((letter) => !(letter in own));
      const parts = [unheard.length && `Still to hear: ${unheard.join(", ")}.`, unrated.length && `Still to rate: ${unrated.join(", ")}.`];
      if (this.radios && !own.choice) parts.push("Choose one of the two answers.");
      return parts.filter(Boolean).join(" ");
    }

    go(trial) {
      this.select.selectedIndex = Math.max(1, trial) - 1;
      this.change();
      this.say("");
      this.select.focus();
    }

    again() {
      if (!confirm("Forget all answers and begin again?")) return;
      this.session = this.begin();
      this.keep();
      this.stop();
      this.select.selectedIndex = 0;
      this.change();
      this.say("");
    }

    save(ending, type) {
      if (!this.seen.answered[0]) return this.say("No trial is answered yet: there is nothing to save.");
      const whole = ending === "csv" ? csvOf(this.data, this.session) : jsonOf(this.data, this.session);
      const href = URL.createObjectURL(new Blob([whole], { type })), name = `${this.data.name}-${this.session.listener}.${ending}`;
      make("a", "", { href, download: name }).click();
      setTimeout(() => URL.revokeObjectURL(href), 10000);
      this.say(`Saved as ${name}.`);
    }

    say(words) {
      this.note.textContent = words || (this.lost ? "Your browser keeps no answers: save them before you leave." : "");
    }

    // ---------------------------------------------------------- what the runtime asks for
    samples() {
      return Float32Array.from(soundOf(this.data, this.session.seed, this.values()));
    }

    curves() {
      return curvesOf(this.data, this.session);
    }

    change() {
      const { trial } = this.values();
      if (trial !== this.session.trial) {
        this.stop();
        this.session.trial = trial;
        this.keep();
      }
      super.change();
      this.show();
    }

    // Bring sliders, answers and buttons up to date.
    show() {
      super.show();
      const { finished, trial } = this.session;
      for (const [letter, { slider, said }] of Object.entries(this.rates || {})) {
        const value = this.own[letter], words = value === undefined ? "not rated" : inWords(value);
        Object.assign(slider, { value: value === undefined ? 50 : value, disabled: Boolean(finished) });
        slider.setAttribute("aria-valuetext", words);
        slider.style.opacity = value === undefined ? 0.5 : 1; // what stands there is no rating yet
        said.textContent = words;
      }
      for (const radio of this.radios || []) {
        Object.assign(radio, { checked: radio.value === this.own.choice, disabled: Boolean(finished) });
      }
      this.onwards.textContent = trial === trialsOf(this.data) ? "Finish" : "Next";
    }
  }

  // ------------------------------------------------------------ the sentences: see reading in listening.py
  function ratings({ versions, least }, c, all) {
    const ends = (x) => text(Math.max(0, Math.min(100, x))); // of the scale: Student's interval knows none
    const row = (name, n) => `${name} ${text(c.means[n])} (${ends(c.lows[n])} to ${ends(c.highs[n])})`;
    const missed = c.missed[0], out = missed > SHARE * all ? " A test for real would leave you out." : "";
    return `Your means over ${all} trials, with 95 % intervals: ${versions.map(row).join(", ")}.`
      + ` The hidden reference got less than ${least} in ${missed}.${out}`;
  }

  function counts({ kind, versions }, c, all) {
    const hits = c.hits[0], from = kind === "ab" ? Math.max(hits, all - hits) : hits;
    const tail = c.chance.slice(from).reduce((sum, p) => sum + p, 0), percent = (p) => `${text(100 * p, 1)} %.`;
    if (kind === "abx") {
      return `You were right in ${hits} of ${all} trials. Who only guesses is so good, or better, with a probability of ${percent(tail)}`;
    }
    return `You chose ${versions[0]} in ${hits} of ${all} trials and ${versions[1]} in ${all - hits}. `
      + `Who only guesses chooses so unevenly, or more, with a probability of ${percent(Math.min(1, 2 * tail))}`;
  }

  return {
    Figure: Test,

    reading(v, c, data) {
      const all = trialsOf(data), answered = c.answered[0], done = (c.means || c.hits)[0] >= 0;
      if (done) return data.kind === "mushra" ? ratings(data, c, all) : counts(data, c, all);
      return `${answered} of ${all} trials answered. `
        + (answered < all ? "Then the results will stand here." : "Finish shows the results, and ends the test.");
    },

    draw(plot, v, c, { kind, versions }) {
      if (kind !== "mushra") {
        const count = c.chance.length, top = 1.1 * Math.max(...c.chance), xlabel = kind === "abx" ? "right answers" : "choices of the first version";
        const [panel] = plot.panels({ x: [-0.7, count - 0.3], y: [0, top], xlabel, ylabel: "probability" });
        panel.bars(fill(count, (n) => n - 0.4), fill(count, () => 0), c.chance, 0.8, { colour: "blue" });
        if (c.hits[0] >= 0) panel.line([c.hits[0], c.hits[0]], [0, top], { dash: [2, 3] });
        return;
      }
      const count = versions.length, rows = fill(count, (n) => n);
      const [panel] = plot.panels({ x: [0, 100], y: [count - 0.5, -0.8], yticks: [], xlabel: "rating", ylabel: "" });
      if (c.means[0] < 0) return;
      panel.segments(versions.map((_, n) => [[c.lows[n], n], [c.highs[n], n]]), { colour: "blue", width: 2.5 });
      panel.dots(c.means, rows, { colour: "blue", radius: 4 });
      panel.pen.fillStyle = plot.ink;
      versions.forEach((name, n) => panel.label(name, panel.box.left + 6, panel.y(n) - 9, "left"));
    },
  };
});
