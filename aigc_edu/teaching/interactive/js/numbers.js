// Numbers: the same as NumPy's. See sources.py and spectra.py.
// A row of numbers, each from its place.
function fill(count, value) {
  const row = new Float64Array(count);
  for (let n = 0; n < count; n++) row[n] = value(n);
  return row;
}

const numbers = {
  fill,

  // Base64 of 16-bit integers, lowest byte first, to numbers in [-1, 1).
  decode(text) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const view = new DataView(bytes.buffer);
    return fill(bytes.length / 2, (n) => view.getInt16(2 * n, true) / 32768);
  },

  // Base64 of 8-bit mu-law codes to amplitudes.
  expand(text) {
    const codes = atob(text);
    return fill(codes.length, (n) => {
      const y = (2 * codes.charCodeAt(n) - 255) / 255;
      return (Math.sign(y) * Math.expm1(Math.abs(y) * Math.log1p(255))) / 255;
    });
  },

  // Numbers that look random, spread evenly over [-1/2, 1/2): a hash of each one's number.
  uniform(count, stream) {
    const start = Math.imul(stream, 0x9e3779b9);
    return fill(count, (n) => {
      let x = (n + 1 + start) >>> 0;
      x = Math.imul(x ^ (x >>> 16), 0x85ebca6b) >>> 0;
      x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35) >>> 0;
      return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32 - 0.5;
    });
  },

  // count numbers from low to high, both included.
  linspace: (low, high, count) => fill(count, (n) => low + (n * (high - low)) / (count - 1)),

  hann: (size) => fill(size, (n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / size)),

  // The FFT of a power of two numbers, in place: real and imaginary parts.
  fft(re, im) {
    const size = re.length;
    for (let i = 1, j = 0; i < size; i++) {
      let bit = size >> 1;
      for (; j & bit; bit >>= 1) j ^= bit;
      j ^= bit;
      if (i < j) {
        [re[i], re[j]] = [re[j], re[i]];
        [im[i], im[j]] = [im[j], im[i]];
      }
    }
    for (let half = 1; half < size; half *= 2) {
      for (let k = 0; k < half; k++) {
        const wr = Math.cos((Math.PI * k) / half), wi = -Math.sin((Math.PI * k) / half);
        for (let a = k; a < size; a += 2 * half) {
          const b = a + half, xr = re[b] * wr - im[b] * wi, xi = re[b] * wi + im[b] * wr;
          re[b] = re[a] - xr;
          im[b] = im[a] - xi;
          re[a] += xr;
          im[a] += xi;
        }
      }
    }
  },

  // Amplitudes of the frequencies 0 ... size / 2 of a frame, windowed, with zeros up to size.
  amplitudes(frame, window, size) {
    const re = new Float64Array(size), im = new Float64Array(size);
    let sum = 0;
    for (let n = 0; n < window.length; n++) {
      re[n] = (frame[n] || 0) * window[n];
      sum += window[n];
    }
    numbers.fft(re, im);
    return fill(size / 2 + 1, (k) => (2 * Math.sqrt(re[k] ** 2 + im[k] ** 2)) / sum);
  },

  decibels: (amplitudes, floor) =>
    amplitudes.map((a) => Math.max(floor, 20 * Math.log10(a + 1e-30))),

  // The signal-to-noise ratio in dB.
  snr(clean, degraded) {
    let signal = 0, noise = 0;
    for (let n = 0; n < clean.length; n++) {
      signal += clean[n] ** 2;
      noise += (degraded[n] - clean[n]) ** 2;
    }
    return 10 * Math.log10(signal / noise);
  },

  // Limits of an axis: as far as the values reach, and a tenth more.
  span(values) {
    const low = Math.min(...values), high = Math.max(...values), more = 0.1 * Math.max(high - low, 0.02);
    return [low - more, high + more];
  },

  // As spectra.text in Python: commas at the thousands, halves upwards, a real minus.
  text(x, digits = 0) {
    const rounded = Math.floor(Math.abs(x) * 10 ** digits + 0.5) / 10 ** digits;
    const [whole, part] = rounded.toFixed(digits).split(".");
    const number = whole.replace(/\B(?=(\d{3})+$)/g, ",") + (part ? "." + part : "");
    return (x < 0 && rounded > 0 ? "\u2212" : "") + number;
  },
};
