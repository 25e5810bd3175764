// Pictures: panels with axes on a canvas, in the page's colour of text, sharp on every screen.
const LEFT = 54, RIGHT = 10, TOP = 24, BOTTOM = 40, FONT_SIZE = 12;
const MAGMA = [[0, 0, 4], [81, 18, 124], [183, 55, 121], [252, 137, 97], [252, 253, 191]];

// The colour number n of 256, and all of them as the words of a picture's memory.
function colour(n) {
  const place = (n / 256) * (MAGMA.length - 1), k = Math.floor(place);
  return MAGMA[k].map((low, i) => Math.round(low + (place - k) * (MAGMA[k + 1][i] - low)));
}
const shade = (share) => Math.min(255, Math.max(0, Math.floor(256 * share)));
const COLOURS = new Uint32Array(
  Uint8Array.from({ length: 1024 }, (_, n) => [...colour(n >> 2), 255][n % 4]).buffer
);

// The numbers at an axis: steps of 1, 2 or 5, as many as there is room for.
function ticks([low, high], room) {
  const rough = Math.abs(high - low) / Math.max(3, room);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((s) => s * power >= rough) * power;
  const [from, to] = low < high ? [low, high] : [high, low];
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const found = [];
  for (let k = Math.ceil(from / step - 1e-9); k * step <= to + 1e-9 * step; k++) {
    found.push([k * step, numbers.text(k * step, digits)]);
  }
  return found;
}

class Panel {
  constructor(plot, box, axes) {
    Object.assign(this, { plot, box, axes, pen: plot.pen });
    if (!axes.bare) this.frame();
  }

  x(value) {
    const [low, high] = this.axes.x;
    return this.box.left + ((value - low) / (high - low)) * this.box.width;
  }

  y(value) {
    const [low, high] = this.axes.y;
    return this.box.top + (1 - (value - low) / (high - low)) * this.box.height;
  }

  // Grid, numbers and names of the axes.
  frame() {
    const { pen, box, axes } = this, grid = !axes.image;
    pen.save();
    pen.fillStyle = pen.strokeStyle = this.plot.ink;
    for (const [value, label] of ticks(axes.x, box.width / 70)) {
      this.stroke([[this.x(value), box.top], [this.x(value), box.top + box.height]], grid ? 0.18 : 0);
      this.label(label, this.x(value), box.top + box.height + 14, "center");
    }
    for (const [value, label] of axes.yticks || ticks(axes.y, box.height / 26)) {
      this.stroke([[box.left, this.y(value)], [box.left + box.width, this.y(value)]], grid ? 0.18 : 0);
      this.label(label, box.left - 5, this.y(value) + 4, "right");
    }
    const { left, top, width, height } = box;
    this.stroke([[left, top], [left, top + height], [left + width, top + height]], 0.9);
    this.label(axes.xlabel, left + width / 2, top + height + 32, "center");
    pen.translate(12, top + height / 2);
    pen.rotate(-Math.PI / 2);
    this.label(axes.ylabel, 0, 0, "center");
    pen.restore();
  }

  label(text, x, y, align) {
    this.pen.textAlign = align;
    this.pen.fillText(text, x, y);
  }

  stroke(points, alpha) {
    this.pen.globalAlpha = alpha;
    this.pen.lineWidth = 1;
    this.pen.beginPath();
    points.forEach(([x, y], n) => (n ? this.pen.lineTo(x, y) : this.pen.moveTo(x, y)));
    this.pen.stroke();
    this.pen.globalAlpha = 1;
  }

  // Draw inside of the axes only.
  inside(style, action) {
    const { pen, box } = this, colour = this.plot.colours[style.colour] || this.plot.ink;
    pen.save();
    pen.beginPath();
    pen.rect(box.left, box.top - 4, box.width + 4, box.height + 8);
    pen.clip();
    Object.assign(pen, { fillStyle: colour, strokeStyle: colour, lineWidth: style.width || 1.8 });
    pen.lineJoin = "round";
    pen.setLineDash(style.dash || []);
    action(pen);
    pen.restore();
  }

  line(xs, ys, style) {
    this.inside(style, (pen) => {
      pen.beginPath();
      xs.forEach((x, n) => pen.lineTo(this.x(x), this.y(ys[n])));
      pen.stroke();
    });
  }

  // Steps whose middles are at xs.
  steps(xs, ys, style) {
    const half = (xs[1] - xs[0]) / 2, wide = [], high = [];
    xs.forEach((x, n) => {
      wide.push(x - half, x + half);
      high.push(ys[n], ys[n]);
    });
    this.line(wide, high, style);
  }

  dots(xs, ys, style) {
    this.inside(style, (pen) =>
      xs.forEach((x, n) => {
        pen.beginPath();
        pen.arc(this.x(x), this.y(ys[n]), style.radius || 3.5, 0, 2 * Math.PI);
        pen.fill();
      })
    );
  }

  // Straight lines, each from [x, y] to [x, y].
  segments(pairs, style) {
    this.inside(style, (pen) => {
      pen.beginPath();
      for (const [from, to] of pairs) {
        pen.moveTo(this.x(from[0]), this.y(from[1]));
        pen.lineTo(this.x(to[0]), this.y(to[1]));
      }
      pen.stroke();
    });
  }

  // A column of words at the right, [text, y] each, under a heading; axes.right makes room for it.
  column(heading, entries) {
    const { pen, box } = this, x = box.left + box.width + (this.axes.right + 6) / 2;
    pen.fillStyle = this.plot.ink;
    this.label(heading, x, box.top - 9, "center");
    for (const [text, y] of entries) this.label(text, x, this.y(y) + 4, "center");
  }

  // Upright bars of a width (in the axis' units) that begin at xs, from low to high.
  bars(xs, low, high, width, style) {
    this.inside(style, (pen) =>
      xs.forEach((x, n) => {
        const bottom = this.y(low[n]), left = this.x(x);
        pen.fillRect(left, this.y(high[n]), this.x(x + width) - left + 0.4, bottom - this.y(high[n]));
      })
    );
  }

  // Levels, column by column from below, as colours between two limits.
  image(levels, columns, [low, high], unit = "dB") {
    const rows = levels.length / columns, small = document.createElement("canvas");
    Object.assign(small, { width: columns, height: rows });
    const pixels = new ImageData(columns, rows);
    const words = new Uint32Array(pixels.data.buffer);
    levels.forEach((level, n) => {
      const at = (rows - 1 - (n % rows)) * columns + Math.floor(n / rows);
      words[at] = COLOURS[shade((level - low) / (high - low))];
    });
    small.getContext("2d").putImageData(pixels, 0, 0);
    const { left, top, width, height } = this.box;
    this.pen.drawImage(small, left, top, width, height);
    this.scale([low, high], unit);
  }

  // What the colours mean, at the right.
  scale([low, high], unit) {
    const { left, top, width, height } = this.box, x = left + width + 10;
    for (let n = 0; n < height; n++) {
      this.pen.fillStyle = `rgb(${colour(shade(1 - n / height)).join()})`;
      this.pen.fillRect(x, top + n, 10, 1.5);
    }
    this.pen.fillStyle = this.plot.ink;
    for (const level of [low, (low + high) / 2, high]) {
      const y = top + (1 - (level - low) / (high - low)) * height;
      this.label(numbers.text(level), x + 14, y + 4, "left");
    }
    this.label(unit, x + 14, top - 10, "left");
  }

  // [text, style, "line" or "dots" or "bars"] from the right to the left, above the panel.
  legend(entries) {
    const { pen, box } = this;
    let x = box.left + box.width;
    for (const [text, style, shape] of [...entries].reverse()) {
      x -= pen.measureText(text).width;
      pen.fillStyle = this.plot.ink;
      this.label(text, x, box.top - 9, "left");
      this.sample(x - 26, box.top - 13, style, shape);
      x -= 40;
    }
  }

  sample(x, y, style, shape) {
    const { pen } = this;
    pen.save();
    pen.fillStyle = pen.strokeStyle = this.plot.colours[style.colour] || this.plot.ink;
    pen.lineWidth = style.width || 1.8;
    pen.setLineDash(style.dash || []);
    pen.beginPath();
    if (shape === "dots") pen.arc(x + 14, y, 3.5, 0, 2 * Math.PI);
    else if (shape === "bars") pen.rect(x + 6, y - 5, 14, 10);
    else pen.moveTo(x, y), pen.lineTo(x + 20, y);
    shape ? pen.fill() : pen.stroke();
    pen.restore();
  }
}

class Plot {
  constructor(canvas, colours) {
    Object.assign(this, { canvas, colours });
  }

  // Clear the canvas, whatever its size is by now, and return panels, one below the other.
  panels(...axes) {
    const { canvas } = this, look = getComputedStyle(canvas), ratio = window.devicePixelRatio || 1;
    const width = canvas.clientWidth, height = canvas.clientHeight, part = height / axes.length;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    this.ink = look.color;
    this.pen = canvas.getContext("2d");
    this.pen.scale(ratio, ratio);
    this.pen.font = `${FONT_SIZE}px ${look.fontFamily}`;
    return axes.map((own, n) => {
      const right = own.right || (own.image ? 50 : RIGHT), top = n * part + TOP;
      const box = { left: LEFT, top, width: width - LEFT - right, height: part - TOP - BOTTOM };
      return new Panel(this, box, own);
    });
  }
}
