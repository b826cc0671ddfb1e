/**
 * Two dimensions: the same physics on side x side points, numbered i side + j, i along x.
 *
 * A plane is a `Grid` whose x, k and k2 belong to its points, so that a `Wave` moves on it as on a
 * line; the order is that of `psi.ravel()` of the Python package.
 */

import { fftOf, makeGrid, packet } from "./engine.js";

/** @typedef {import("./engine.js").Grid} Grid */
/**
 * @typedef {object} PlaneParts
 * @property {number} side points of each axis
 * @property {[Grid, Grid]} axes
 * @property {Float64Array} y of every point
 * @property {Float64Array} ky of every wave
 */
/** @typedef {Grid & PlaneParts} Plane */

/** Transform along both axes, in place. */
export class PlaneFft {
  /** @param {number} side */
  constructor(side) {
    this.side = side;
    this.fft = fftOf(side);
  }

  /** @param {Float64Array} re @param {Float64Array} im */
  forward(re, im) {
    for (let axis = 0; axis < 2; axis++) {
      this.columns(re, im);
      transpose(re, this.side);
      transpose(im, this.side);
    }
  }

  /** @param {Float64Array} re @param {Float64Array} im */
  inverse(re, im) {
    this.forward(im, re);
    const share = 1 / this.side ** 2;
    for (let j = 0; j < re.length; j++) {
      re[j] *= share;
      im[j] *= share;
    }
  }

  /**
   * All columns at once: what the transform of a line does to points is done to rows.
   * @param {Float64Array} re @param {Float64Array} im
   * @private
   */
  columns(re, im) {
    const { side, fft: { cos, sin, swap } } = this;
    for (let i = 0; i < side; i++) {
      if (swap[i] <= i) continue;
      for (let a = i * side, b = swap[i] * side, end = a + side; a < end; a++, b++) {
        const p = re[a], q = im[a];
        re[a] = re[b];
        im[a] = im[b];
        re[b] = p;
        im[b] = q;
      }
    }
    for (let half = 1, stride = side / 2; half < side; half *= 2, stride /= 2) {
      for (let start = 0; start < side; start += 2 * half) {
        for (let row = start, t = 0; row < start + half; row++, t += stride) {
          const c = cos[t], s = sin[t];
          for (let a = row * side, b = a + half * side, end = a + side; a < end; a++, b++) {
            const p = re[b] * c - im[b] * s, q = re[b] * s + im[b] * c;
            re[b] = re[a] - p;
            im[b] = im[a] - q;
            re[a] += p;
            im[a] += q;
          }
        }
      }
    }
  }
}

/** @param {Float64Array} values @param {number} side */
function transpose(values, side) {
  for (let i = 0; i < side; i++) {
    for (let a = i * side + i + 1, b = (i + 1) * side + i; a < (i + 1) * side; a++, b += side) {
      const kept = values[a];
      values[a] = values[b];
      values[b] = kept;
    }
  }
}

/**
 * @param {[number, number]} boxX lower and upper end
 * @param {[number, number]} boxY
 * @param {number} n qubits of each axis
 * @returns {Plane}
 */
export function makePlane(boxX, boxY, n) {
  /** @type {[Grid, Grid]} */
  const axes = [makeGrid(...boxX, n), makeGrid(...boxY, n)];
  const [a, b] = axes, side = a.size, size = side * side;
  /** @param {(i: number, j: number) => number} value */
  const each = (value) =>
    Float64Array.from({ length: size }, (_, p) => value(Math.floor(p / side), p % side));
  const k = each((i) => a.k[i]), ky = each((_, j) => b.k[j]);
  return {
    lower: a.lower, upper: a.upper, n: 2 * n, size, side, axes, dx: a.dx,
    x: each((i) => a.x[i]), y: each((_, j) => b.x[j]), k, ky,
    kMax: Math.min(a.kMax, b.kMax), k2: k.map((one, p) => one * one + ky[p] * ky[p]),
    high: Uint8Array.from(each((i, j) => a.high[i] | b.high[j])),
    edge: Uint8Array.from(each((i, j) => a.edge[i] | b.edge[j])),
    fft: new PlaneFft(side),
  };
}

/**
 * The product of a packet along each axis.
 * @param {Plane} plane
 * @param {[number, number][]} packets centre and momentum of each axis
 * @param {number} width of |psi|^2 along both
 * @returns {[Float64Array, Float64Array]}
 */
export function planePacket(plane, packets, width) {
  const [[a, b], [c, d]] = plane.axes.map((axis, j) =>
    packet(axis, packets[j][0], width, packets[j][1]));
  const re = new Float64Array(plane.size), im = new Float64Array(plane.size);
  for (let i = 0, p = 0; i < plane.side; i++) {
    for (let j = 0; j < plane.side; j++, p++) {
      re[p] = a[i] * c[j] - b[i] * d[j];
      im[p] = a[i] * d[j] + b[i] * c[j];
    }
  }
  return [re, im];
}

/**
 * Amplitudes on more points, between the old ones what their spectrum says.
 * @param {Plane} plane
 * @param {Float64Array} re
 * @param {Float64Array} im
 * @param {number} side a power of two
 * @returns {[Float64Array, Float64Array]}
 */
export function refinePlane(plane, re, im, side) {
  const a = Float64Array.from(re), b = Float64Array.from(im), old = plane.side;
  if (side <= old) return [a, b];
  plane.fft.forward(a, b);
  const wideA = new Float64Array(side * side), wideB = new Float64Array(side * side);
  const scale = (side / old) ** 2, half = old / 2;
  for (let i = 0; i < old; i++) {
    for (let j = 0; j < old; j++) {
      const from = i * old + j;
      // The shortest wave of an even grid stands for both signs.
      const rows = i === half ? [half, side - half] : [i < half ? i : i + side - old];
      const columns = j === half ? [half, side - half] : [j < half ? j : j + side - old];
      const share = scale / (rows.length * columns.length);
      for (const row of rows) {
        for (const column of columns) {
          wideA[row * side + column] = share * a[from];
          wideB[row * side + column] = share * b[from];
        }
      }
    }
  }
  new PlaneFft(side).inverse(wideA, wideB);
  return [wideA, wideB];
}

/** Cells along each side of the landscape that contours are drawn of. */
export const CELLS = 96;
/** Shares of the box that lie below the contours: more of them where it is deep. */
const BELOW = [0.015, 0.045, 0.09, 0.15, 0.23, 0.33, 0.45, 0.6, 0.78, 0.93];

/**
 * Contours of a landscape by marching squares, in units of the box.
 * @param {Float64Array} values at (CELLS + 1)^2 points, both ends of the box among them
 * @returns {Float32Array[]} x0, y0, x1, y1 of every piece, by level, from low to high
 */
export function contoursOf(values) {
  const sorted = Float64Array.from(values).sort(), rows = CELLS + 1;
  const low = sorted[0], range = sorted[sorted.length - 1] - low;
  if (!(range > 0)) return [];
  /** @type {number[]} */
  let heights = [];
  for (const share of BELOW) {
    const height = sorted[Math.floor(share * (sorted.length - 1))];
    if (height - (heights.length ? heights[heights.length - 1] : low) > 5e-3 * range) {
      heights.push(height);
    }
  }
  // Where most of the box is flat its shares say nothing.
  if (heights.length < 5) heights = BELOW.map((_, j) => low + ((j + 0.5) * range) / BELOW.length);
  return heights.map((height) => contour(values, rows, height));
}

/**
 * One contour by marching squares, in units of the square that the points span.
 * @param {Float64Array} values row by row
 * @param {number} rows points along each side
 * @param {number} height
 * @returns {Float32Array} x0, y0, x1, y1 of every piece
 */
export function contour(values, rows, height) {
  const cells = rows - 1;
  /** @type {number[]} */
  const pieces = [];
  for (let i = 0; i < cells; i++) {
    for (let j = 0; j < cells; j++) {
      const p = i * rows + j;
      const a = values[p] - height, b = values[p + rows] - height;
      const c = values[p + rows + 1] - height, d = values[p + 1] - height;
      // Where a side of the cell is crossed, in the order of its corners.
      if (a < 0 !== b < 0) pieces.push((i + a / (a - b)) / cells, j / cells);
      if (b < 0 !== c < 0) pieces.push((i + 1) / cells, (j + b / (b - c)) / cells);
      if (c < 0 !== d < 0) pieces.push((i + d / (d - c)) / cells, (j + 1) / cells);
      if (d < 0 !== a < 0) pieces.push(i / cells, (j + a / (a - d)) / cells);
    }
  }
  return Float32Array.from(pieces);
}

/**
 * The lowest points of a landscape: none where it is flat there, or lowest at the edge.
 * @param {(x: number, y: number) => number} zeta
 * @param {[number, number][]} boxes
 * @param {Float64Array} values at (CELLS + 1)^2 points
 * @returns {[number, number][]}
 */
export function planeMinimizers(zeta, boxes, values) {
  const rows = CELLS + 1;
  let low = Infinity, high = -Infinity;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  /** @type {{at: [number, number], value: number}[]} */
  const wells = [];
  for (let i = 1; i < CELLS; i++) {
    for (let j = 1; j < CELLS; j++) {
      const value = values[i * rows + j];
      let lowest = true;
      for (let a = -1; a <= 1 && lowest; a++) {
        for (let b = -1; b <= 1 && lowest; b++) {
          if (a || b) lowest = values[(i + a) * rows + j + b] >= value;
        }
      }
      if (lowest) wells.push({ at: [i / CELLS, j / CELLS], value });
    }
  }
  if (high - low < 1e-9 || !wells.length || wells.length > CELLS) return [];
  wells.sort((a, b) => a.value - b.value);
  /** @param {number} u @param {number} v */
  const inBox = (u, v) => zeta(boxes[0][0] + u * (boxes[0][1] - boxes[0][0]),
    boxes[1][0] + v * (boxes[1][1] - boxes[1][0]));
  const polished = wells.slice(0, 24).map(({ at }) => {
    const point = polish(inBox, at);
    return { point, value: inBox(...point) };
  });
  const lowest = Math.min(low, ...polished.map((one) => one.value));
  const near = polished.filter(({ value }) => value - lowest <= 1e-5 * (high - low));
  if (near.length > 8) return [];
  return near.map(({ point: [u, v] }) => [
    boxes[0][0] + u * (boxes[0][1] - boxes[0][0]), boxes[1][0] + v * (boxes[1][1] - boxes[1][0]),
  ]);
}

/**
 * Steps of a pattern search, halved where none goes down: to 1e-7 of the box.
 * @param {(u: number, v: number) => number} value
 * @param {[number, number]} start
 * @returns {[number, number]}
 */
function polish(value, [u, v]) {
  let best = value(u, v);
  for (let step = 0.5 / CELLS; step > 1e-7; ) {
    const before = best;
    for (const [a, b] of [[1, 0], [-1, 0], [0, 1], [0, -1], [1, 1], [-1, -1], [1, -1], [-1, 1]]) {
      const other = value(u + a * step, v + b * step);
      if (!(other < best)) continue;
      [u, v, best] = [u + a * step, v + b * step, other];
    }
    if (best === before) step /= 2;
  }
  return [u, v];
}
