// A memory that fades: see MEMORY in memory.py.
aigcFigures.define("memory", ({ fill, text }) => {
  const RATE = 8000, STEP = 80, FLOOR = -12, TOP = 12;
  const steps = ({ word }) => word.length / STEP;

  // A number for each step, made from its samples.
  const each = (data, make) => fill(steps(data), (t) => make(data.word.subarray(t * STEP, (t + 1) * STEP)));
  const squares = (x) => x.reduce((sum, value) => sum + value * value, 0);

  function gradient(v, data) {
    const rms = each(data, (x) => Math.sqrt(squares(x) / STEP)), loudest = Math.max(...rms);
    const count = rms.length, slopes = new Float64Array(count).fill(1), back = slopes.slice();
    let h = 0;
    for (let t = 0; t < count; t++) {
      h = v.weight * h + (v.drive * rms[t]) / loudest;
      if (v.cell !== "tanh") continue;
      h = Math.tanh(h);
      slopes[t] = 1 - h * h;
    }
    for (let t = count - 2; t >= 0; t--) back[t] = back[t + 1] * v.weight * slopes[t + 1];
    return back.map((value, t) => value * slopes[t]);
  }

  function shares(v, data) {
    const slopes = gradient(v, data), most = Math.max(...slopes);
    return [slopes, slopes.map((slope) => slope / most)];
  }

  return {
    samples(v, data) {
      if (v.heard === "all") return data.word;
      const share = shares(v, data)[1], last = share.length - 1;
      return data.word.map((value, n) => {
        const place = Math.min(last, Math.max(0, n / STEP - 0.5)), k = Math.min(last - 1, Math.floor(place));
        return value * (share[k] + (place - k) * (share[k + 1] - share[k]));
      });
    },

    curves(v, data) {
      const [slopes, share] = shares(v, data), energy = each(data, squares);
      const peaks = each(data, (x) => x.reduce((most, value) => Math.max(most, Math.abs(value)), 0));
      const words = data.ends.map((end, n) => {
        let left = 0, whole = 0;
        for (let t = n ? data.ends[n - 1] : 0; t < end; t++) {
          left += energy[t] * share[t] ** 2;
          whole += energy[t];
        }
        return Math.max(-200, 10 * Math.log10(left / whole + 1e-30));
      });
      return {
        time: fill(share.length, (t) => ((t + 0.5) * STEP) / RATE), peaks,
        left: peaks.map((peak, t) => peak * share[t]),
        power: slopes.map((slope) => Math.log10(Math.max(slope, 1e-30))), words,
      };
    },

    reading(v, c) {
      const named = [...c.words].map((level, n) =>
        `${["four", "two", "seven"][n]} ${level > -200 ? `${text(level)} dB` : "nothing"}`).join(", ");
      const last = c.power.length - 1, factor = 10 ** ((c.power[0] - c.power[last]) / last);
      return `Going back, each step of 10 ms multiplies the gradient by ${text(factor, 3)} on average. `
        + `What is left of the words: ${named}.`;
    },

    draw(plot, v, c) {
      const x = [0, (c.time.length * STEP) / RATE], powers = [-12, -6, 0, 6, 12];
      const [upper, lower] = plot.panels(
        { x, y: [-0.5, 0.5], xlabel: "time in seconds", ylabel: "amplitude" },
        {
          x, y: [FLOOR, TOP], xlabel: "time in seconds", ylabel: "gradient, power of ten",
          yticks: powers.map((n) => [n, text(n)]),
        },
      );
      const wide = STEP / RATE, starts = c.time.map((middle) => middle - wide / 2);
      const bars = (half, style) => upper.bars(starts, half.map((value) => -value), half, wide, style);
      bars(c.peaks, { colour: "grey" });
      bars(c.left, { colour: "orange" });
      upper.legend([["said", { colour: "grey" }, "bars"], ["left at the end", { colour: "orange" }, "bars"]]);
      lower.line(c.time, c.power, { colour: "blue" });
    },
  };
});
