// A vowel from source and filter: see VOWEL in voices.py.
aigcFigures.define("vowel", ({ fill, uniform, text }) => {
  const RATE = 16000, COUNT = 11200, HIGHEST = 7600, RMS = 0.1, SEEN = 5000, STEP = 20, FLOOR = -60;
  const tau = 2 * Math.PI;
  const WORDS = ["heed", "hid", "head", "had", "hod", "hawed", "hood", "who'd", "hud"];
  const formants = (v) => [[v.first, 60], [v.second, 90], [2500, 120], [3500, 175]];

  function feedback([frequency, bandwidth]) {
    const r = Math.exp((-Math.PI * bandwidth) / RATE);
    return [-2 * r * Math.cos((tau * frequency) / RATE), r * r];
  }

  function source(v) {
    if (v.source === "noise") return uniform(COUNT, 5);
    const x = new Float64Array(COUNT), most = Math.floor(HIGHEST / v.pitch);
    for (let k = 1; k <= most; k++) {
      const turn = (tau * v.pitch * k) / RATE;
      for (let n = 0; n < COUNT; n++) x[n] += Math.sin(turn * n) / k;
    }
    return x;
  }

  // The gain of all resonators at a frequency, of no particular scale.
  function gain(v, f) {
    const angle = (tau * f) / RATE;
    return formants(v).map(feedback).reduce((product, [a1, a2]) => {
      const re = 1 + a1 * Math.cos(angle) + a2 * Math.cos(2 * angle);
      const im = a1 * Math.sin(angle) + a2 * Math.sin(2 * angle);
      return product / Math.hypot(re, im);
    }, 1);
  }

  function below(values) {
    const most = Math.max(...values);
    return values.map((value) => Math.max(FLOOR, 20 * Math.log10(value / most)));
  }

  return {
    samples(v) {
      const x = source(v);
      for (const [a1, a2] of formants(v).map(feedback)) {
        for (let n = 0; n < COUNT; n++) x[n] -= a1 * (x[n - 1] || 0) + a2 * (x[n - 2] || 0);
      }
      const power = x.reduce((sum, value) => sum + value * value, 0) / COUNT;
      const peak = x.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const scale = Math.min(RMS / Math.sqrt(power), 0.9 / peak);
      return x.map((value) => value * scale);
    },

    curves(v, { vowels }) {
      const f = fill(SEEN / STEP, (n) => STEP * (n + 1)), k = fill(Math.floor(SEEN / v.pitch), (n) => n + 1);
      return {
        frequency: f.map((x) => x / 1000), gain: below(f.map((x) => gain(v, x))),
        line_frequency: k.map((n) => (n * v.pitch) / 1000), line: below(k.map((n) => gain(v, n * v.pitch) / n)),
        vowel_first: vowels.map((pair) => pair[0]), vowel_second: vowels.map((pair) => pair[1]),
      };
    },

    reading(v, c) {
      const distances = c.vowel_first.map((first, n) =>
        Math.hypot(Math.log2(v.first / first), Math.log2(v.second / c.vowel_second[n])));
      const least = Math.min(...distances), best = WORDS[distances.indexOf(least)];
      const like = least < 0.15 ? "The vowel" : "Nearest to the vowel";
      if (v.source === "noise") return `${like} of ${best}, whispered: noise has no pitch.`;
      return `${like} of ${best}, at a pitch of ${text(v.pitch)} Hz.`;
    },

    draw(plot, v, c) {
      const [upper, lower] = plot.panels(
        { x: [0, 5], y: [FLOOR, 3], xlabel: "frequency in kHz", ylabel: "level in dB" },
        { x: [2700, 600], y: [900, 200], xlabel: "second formant in Hz", ylabel: "first in Hz" },
      );
      const orange = { colour: "orange" }, blue = { colour: "blue", width: 1.4 }, voiced = v.source === "voice";
      const lines = [...c.line_frequency].map((x, n) => [[x, FLOOR], [x, c.line[n]]]);
      if (voiced) upper.segments(lines, blue);
      upper.line(c.frequency, c.gain, orange);
      upper.legend([...(voiced ? [["harmonics", blue]] : []), ["the filter", orange]]);
      plot.pen.fillStyle = plot.ink;
      WORDS.forEach((word, n) =>
        lower.label(word, lower.x(c.vowel_second[n]), lower.y(c.vowel_first[n]) + 4, "center"));
      lower.dots([v.second], [v.first], { ...orange, radius: 5 });
      lower.legend([["yours", orange, "dots"]]);
    },
  };
});
