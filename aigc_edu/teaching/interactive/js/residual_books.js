// Frames as sums of entries of some books: see residual_books.py.
aigcFigures.define("residual_books", ({ fill, expand, text }) => {
  const KEPT = [-70, 20], LEFT = [-25, 25];

  // Base64 of signed bytes, times a scale.
  function unpack({ levels, scale }) {
    const bytes = atob(levels);
    return fill(bytes.length, (n) => ((bytes.charCodeAt(n) << 24) >> 24) * scale);
  }

  let perSecond = 1; // frames; of the figure whose curves were computed last, just before it is read

  return {
    samples: (v, data) => expand(data.sounds[`${v.entries}/${v.books}`]),

    // Each book adds, frame by frame, the entry that its code stands for.
    curves(v, data) {
      const { bands, books } = data, wanted = unpack(data.frames), kept = new Float64Array(wanted.length);
      perSecond = data.rate / data.hop;
      for (const book of books[v.entries].slice(0, v.books)) {
        const rows = unpack(book);
        book.codes.forEach((code, t) => {
          for (let b = 0; b < bands; b++) kept[t * bands + b] += rows[code * bands + b];
        });
      }
      return { kept, left: wanted.map((level, n) => level - kept[n]) };
    },

    reading({ books, entries }, { left }) {
      const bits = books * Math.log2(entries);
      const off = Math.sqrt(left.reduce((sum, x) => sum + x * x, 0) / left.length);
      return `${books} ${books === 1 ? "book" : "books"} of ${entries} entries: ${text(bits)} bits a frame, `
        + `${text(bits * perSecond)} bits a second. ${text(books * entries)} entries have to be stored. `
        + `What is left over: ${text(off, 1)} dB.`;
    },

    draw(plot, v, c, { bands, rate, hop }) {
      const frames = c.kept.length / bands, x = [0, (frames * hop) / rate], y = [0, bands];
      const [upper, lower] = plot.panels(
        { x, y, image: true, xlabel: "", ylabel: "kept: mel band" },
        { x, y, image: true, xlabel: "time in seconds", ylabel: "left: mel band" },
      );
      upper.image(c.kept, frames, KEPT);
      lower.image(c.left, frames, LEFT);
    },
  };
});
