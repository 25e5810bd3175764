// A small network in a page: see exporting.py, which writes what is read here. All of it stands in
// one function, since its text goes to a worker, which has nothing else of the page.
function aigcNetwork() {
  const size = (shape) => shape.reduce((product, n) => product * n, 1);

  function bytes(text) {
    const letters = atob(text), row = new Uint8Array(letters.length);
    for (let n = 0; n < row.length; n++) row[n] = letters.charCodeAt(n);
    return row;
  }

  // Functions that give the next so many weights and floats.
  function streams({ weights, floats, bits }) {
    const row = bytes(weights), view = new DataView(bytes(floats).buffer), half = 2 ** (bits - 1);
    let at = 0, held = 0, count = 0, place = 0;
    const next = () => {
      for (; count < bits; count += 8) held |= row[at++] << count;
      const code = held & (2 * half - 1);
      held >>>= bits;
      count -= bits;
      return code - half;
    };
    const real = (n) => Float32Array.from({ length: n }, () => view.getFloat32(4 * place++, true));
    // Rows of weights, each with its scale; rounded to float32 as PyTorch does.
    const weight = (rows, columns) => {
      const scales = real(rows), found = new Float32Array(rows * columns);
      for (let n = 0; n < found.length; n++) found[n] = next() * scales[Math.floor(n / columns)];
      return found;
    };
    return { weight, real };
  }

  // sum[m] += w[j] * x[from + m + j * step] over all taps j, six of them at a time.
  function correlate(sum, count, x, from, w, at, taps, step) {
    let j = 0, p = from;
    for (; j + 6 <= taps; j += 6) {
      const a = w[at + j], b = w[at + j + 1], c = w[at + j + 2], d = w[at + j + 3], e = w[at + j + 4], f = w[at + j + 5];
      const q = step, r = 2 * step, s = 3 * step, t = 4 * step, u = 5 * step;
      p = from + j * step;
      for (let m = 0; m < count; m++, p++) {
        sum[m] += a * x[p] + b * x[p + q] + c * x[p + r] + d * x[p + s] + e * x[p + t] + f * x[p + u];
      }
    }
    for (; j < taps; j++) {
      const a = w[at + j];
      p = from + j * step;
      for (let m = 0; m < count; m++, p++) sum[m] += a * x[p];
    }
  }

  // The rows of x, each with zeros before and after it.
  function padded(x, length, before, after) {
    const rows = x.length / length, whole = before + length + after, wide = new Float64Array(rows * whole);
    for (let n = 0; n < rows; n++) wide.set(x.subarray(n * length, (n + 1) * length), n * whole + before);
    return wide;
  }

  const each = (change) => ({ x, shape }) => ({ x: x.map(change), shape });

  // From the entry of a layer and the streams to what it does: {x, shape} to {x, shape}.
  const makers = {
    linear(entry, { weight, real }) {
      const w = weight(entry.out, entry.in), bias = entry.bias ? real(entry.out) : null;
      return ({ x }) => {
        const y = new Float64Array(entry.out);
        for (let o = 0; o < y.length; o++) {
          let sum = bias ? bias[o] : 0;
          for (let i = 0, at = o * entry.in; i < entry.in; i++) sum += w[at + i] * x[i];
          y[o] = sum;
        }
        return { x: y, shape: [entry.out] };
      };
    },

    // A convolution over a row is one over a picture of one row.
    conv1d(entry, stream) {
      const { taps: [taps], dilation: [step], before: [left], after: [right] } = entry;
      const picture = { taps: [1, taps], dilation: [1, step], before: [0, left], after: [0, right] };
      const run = makers.conv2d({ ...entry, ...picture }, stream);
      return ({ x, shape: [channels, length] }) => {
        const { x: y, shape } = run({ x, shape: [channels, 1, length] });
        return { x: y, shape: [shape[0], shape[2]] };
      };
    },

    conv2d(entry, { weight, real }) {
      const { taps: [rows, taps], dilation: [down, step], before, after } = entry;
      const w = weight(entry.out, entry.in * rows * taps), bias = entry.bias ? real(entry.out) : null;
      return ({ x, shape: [channels, height, width] }) => {
        const wide = padded(x, width, before[1], after[1]), whole = width + before[1] + after[1];
        const high = height + before[0] + after[0] - down * (rows - 1), long = whole - step * (taps - 1);
        const y = new Float64Array(entry.out * high * long);
        for (let o = 0; o < entry.out; o++) {
          for (let h = 0; h < high; h++) {
            const sum = y.subarray((o * high + h) * long, (o * high + h + 1) * long).fill(bias ? bias[o] : 0);
            for (let i = 0; i < channels; i++) {
              for (let k = 0; k < rows; k++) {
                const row = h + k * down - before[0];
                if (row < 0 || row >= height) continue;
                correlate(sum, long, wide, (i * height + row) * whole, w, ((o * channels + i) * rows + k) * taps, taps, step);
              }
            }
          }
        }
        return { x: y, shape: [entry.out, high, long] };
      };
    },

    // Output s m + r takes every s-th weight: an ordinary correlation for each remainder r.
    transposed(entry, { weight, real }) {
      const { in: channels, out, taps, stride, padding, more } = entry, phases = [];
      const given = weight(out, channels * taps), bias = entry.bias ? real(out) : null;
      for (let r = 0; r < stride; r++) {
        const first = (r + padding) % stride, ahead = Math.floor((r + padding) / stride);
        const many = Math.max(0, Math.ceil((taps - first) / stride)), w = new Float32Array(out * channels * many);
        for (let n = 0; n < w.length; n++) {
          const back = many - 1 - (n % many);
          w[n] = given[Math.floor(n / many) * taps + first + stride * back];
        }
        phases.push({ w, many, start: ahead - many + 1 });
      }
      const left = Math.max(0, ...phases.map(({ start }) => -start));
      return ({ x, shape: [, length] }) => {
        const long = (length - 1) * stride - 2 * padding + taps + more, y = new Float64Array(out * long);
        const right = Math.max(0, ...phases.map(({ start, many }) => start + many + Math.ceil(long / stride) - length));
        const wide = padded(x, length, left, right), whole = left + length + right;
        const sums = new Float64Array(Math.ceil(long / stride));
        for (let o = 0; o < out; o++) {
          phases.forEach(({ w, many, start }, r) => {
            const count = Math.ceil((long - r) / stride), sum = sums.fill(bias ? bias[o] : 0);
            for (let i = 0; i < channels; i++) correlate(sum, count, wide, i * whole + left + start, w, (o * channels + i) * many, many, 1);
            for (let m = 0, at = o * long + r; m < count; m++, at += stride) y[at] = sum[m];
          });
        }
        return { x: y, shape: [out, long] };
      };
    },

    zeros: ({ around: [before, after] }) => ({ x, shape: [channels, length] }) =>
      ({ x: padded(x, length, before, after), shape: [channels, before + length + after] }),

    // Each value so many times, along each of the dimensions after the channels.
    repeat: ({ times }) => ({ x, shape }) => {
      const many = shape.slice(1).map((_, n) => times[n] ?? times[0]), wide = shape[shape.length - 1];
      const along = many[many.length - 1], down = many.length > 1 ? many[0] : 1, y = new Float64Array(x.length * along * down);
      for (let n = 0; n < y.length; n++) {
        const row = Math.floor(n / (wide * along)), column = n % (wide * along);
        y[n] = x[Math.floor(row / down) * wide + Math.floor(column / along)];
      }
      return { x: y, shape: [shape[0], ...shape.slice(1).map((length, n) => length * many[n])] };
    },

    reshape: ({ shape: wanted }) => ({ x, shape }) => {
      const rest = x.length / -size(wanted);
      return { x, shape: wanted.length ? wanted.map((n) => (n < 0 ? rest : n)) : shape };
    },

    pixel_norm: ({ epsilon }) => ({ x, shape }) => {
      const [channels] = shape, places = x.length / channels, y = new Float64Array(x.length);
      for (let p = 0; p < places; p++) {
        let sum = 0;
        for (let n = p; n < x.length; n += places) sum += x[n] ** 2;
        const gain = 1 / Math.sqrt(sum / channels + epsilon);
        for (let n = p; n < x.length; n += places) y[n] = x[n] * gain;
      }
      return { x: y, shape };
    },

    leaky_relu: ({ slope }) => each((value) => (value < 0 ? slope * value : value)),
    tanh: () => each(Math.tanh),
  };

  // From what exporting.py has written to a function from a vector to samples.
  return function load(written) {
    const stream = streams(written), steps = written.layers.map((entry) => makers[entry.kind](entry, stream));
    return (vector) => {
      const begin = { x: Float64Array.from(vector), shape: [vector.length] };
      return Float32Array.from(steps.reduce((state, step) => step(state), begin).x);
    };
  };
}
