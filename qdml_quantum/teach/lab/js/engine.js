/**
 * The physics of the page: `i dpsi/dt = [-D lap + zeta(x)] psi` on a periodic grid of 2^n points.
 *
 * Nothing here knows of the page. The conventions are those of the Python package: hbar = 1,
 * x_j = lower + j dx, sum |psi|^2 = 1, momentum is `fft(psi)`, Strang steps.
 */

/**
 * @typedef {object} Grid
 * @property {number} lower
 * @property {number} upper
 * @property {number} n qubits
 * @property {number} size
 * @property {number} dx
 * @property {Float64Array} x positions
 * @property {Float64Array} k wave numbers in the order of the FFT
 * @property {number} kMax
 * @property {Float64Array} k2 squares of the wave numbers
 * @property {Uint8Array} high 1 where a wave is nearly as short as the grid
 * @property {Uint8Array} edge 1 where a point is near an end of the box
 * @property {Transform} fft
 */
/**
 * @typedef {object} Transform
 * @property {(re: Float64Array, im: Float64Array) => void} forward
 * @property {(re: Float64Array, im: Float64Array) => void} inverse
 */

/** In-place complex FFT of a power of two; e^(-2 pi i jk/N) forward, 1/N on the way back. */
export class Fft {
  /** @param {number} size */
  constructor(size) {
    this.size = size;
    this.cos = new Float64Array(size / 2);
    this.sin = new Float64Array(size / 2);
    for (let j = 0; j < size / 2; j++) {
      this.cos[j] = Math.cos((2 * Math.PI * j) / size);
      this.sin[j] = -Math.sin((2 * Math.PI * j) / size);
    }
    this.swap = new Uint16Array(size);
    for (let j = 1; j < size; j++) {
      this.swap[j] = (this.swap[j >> 1] >> 1) | (j & 1 ? size >> 1 : 0);
    }
  }

  /**
   * @param {Float64Array} re
   * @param {Float64Array} im
   */
  forward(re, im) {
    const { size, cos, sin, swap } = this;
    for (let j = 0; j < size; j++) {
      const other = swap[j];
      if (other > j) {
        const a = re[j], b = im[j];
        re[j] = re[other];
        im[j] = im[other];
        re[other] = a;
        im[other] = b;
      }
    }
    for (let half = 1, stride = size / 2; half < size; half *= 2, stride /= 2) {
      for (let start = 0; start < size; start += 2 * half) {
        for (let j = start, t = 0; j < start + half; j++, t += stride) {
          const i = j + half;
          const a = re[i] * cos[t] - im[i] * sin[t];
          const b = re[i] * sin[t] + im[i] * cos[t];
          re[i] = re[j] - a;
          im[i] = im[j] - b;
          re[j] += a;
          im[j] += b;
        }
      }
    }
  }

  /**
   * @param {Float64Array} re
   * @param {Float64Array} im
   */
  inverse(re, im) {
    this.forward(im, re);
    const share = 1 / this.size; // exact, as the size is a power of two
    for (let j = 0; j < this.size; j++) {
      re[j] *= share;
      im[j] *= share;
    }
  }
}

/** @type {Map<number, Fft>} */
const transforms = new Map();

/**
 * The transform of a size, made once.
 * @param {number} size
 * @returns {Fft}
 */
export function fftOf(size) {
  let fft = transforms.get(size);
  if (!fft) transforms.set(size, (fft = new Fft(size)));
  return fft;
}

/**
 * @param {number} lower
 * @param {number} upper
 * @param {number} n
 * @returns {Grid}
 */
export function makeGrid(lower, upper, n) {
  const size = 2 ** n;
  const length = upper - lower;
  const x = Float64Array.from({ length: size }, (_, j) => lower + (length * j) / size);
  const unit = (2 * Math.PI) / length;
  const k = Float64Array.from({ length: size }, (_, j) => unit * (j < size / 2 ? j : j - size));
  const kMax = (unit * size) / 2, margin = Math.ceil(size / 20);
  return {
    lower, upper, n, size, x, k, dx: length / size, kMax, k2: k.map((one) => one * one),
    high: Uint8Array.from(k, (one) => Number(Math.abs(one) > 0.9 * kMax)),
    edge: Uint8Array.from(x, (_, j) => Number(j < margin || j >= size - margin)),
    fft: fftOf(size),
  };
}

/** A state that moves: amplitudes, what was lost of the norm, and the phase of its mean energy. */
export class Wave {
  /** @type {Float64Array | undefined} zeta above its minimum, which heat takes */
  above;
  /** Minimum of zeta, once heat has asked for it. */
  lowest = 0;

  /**
   * @param {Grid} grid
   * @param {Float64Array} zeta
   */
  constructor(grid, zeta) {
    this.grid = grid;
    this.zeta = zeta;
    this.re = new Float64Array(grid.size).fill(1 / Math.sqrt(grid.size));
    this.im = new Float64Array(grid.size);
    this.time = 0;
    this.steps = 0;
    /** Natural logarithm of the norm, had it not been mended; 0 at an angle of 0. */
    this.logNorm = 0;
    /** Phase that the mean energy has turned the state by. */
    this.phase = 0;
    /** @private */
    this.spectrum = [new Float64Array(grid.size), new Float64Array(grid.size)];
    /** @private */
    this.tables = new Map();
  }

  /**
   * @param {ArrayLike<number>} re
   * @param {ArrayLike<number>} im
   */
  set(re, im) {
    this.re.set(re);
    this.im.set(im);
    this.normalise();
    this.time = this.steps = this.logNorm = this.phase = 0;
  }

  /**
   * The factor exp(-i e^(-i theta) angle a_j) of every a_j, kept while nothing changes.
   * @param {string} name
   * @param {ArrayLike<number>} values
   * @param {number} angle
   * @param {number} theta radians
   * @returns {[Float64Array, Float64Array]}
   * @private
   */
  table(name, values, angle, theta) {
    let table = this.tables.get(name);
    if (table && table.values === values && table.angle === angle && table.theta === theta) {
      return table.factors;
    }
    const size = values.length;
    const re = table ? table.factors[0] : new Float64Array(size);
    const im = table ? table.factors[1] : new Float64Array(size);
    const turn = -angle * Math.cos(theta);
    const fall = theta === 0 ? 0 : -angle * Math.sin(theta);
    for (let j = 0; j < size; j++) {
      const height = fall === 0 ? 1 : Math.exp(fall * values[j]);
      re[j] = height * Math.cos(turn * values[j]);
      im[j] = height * Math.sin(turn * values[j]);
    }
    table = { values, angle, theta, factors: [re, im] };
    this.tables.set(name, table);
    return table.factors;
  }

  /**
   * One Strang step of length dt e^(-i theta): theta = 0 is the wave, pi/2 is heat.
   * @param {number} D
   * @param {number} dt
   * @param {number} [theta] radians
   */
  step(D, dt, theta = 0) {
    const { grid, re, im } = this;
    const heat = theta !== 0;
    const potential = this.table("zeta", heat ? this.lifted() : this.zeta, dt / 2, theta);
    const squares = grid.k2;
    const kinetic = this.table("k2", squares, D * dt, theta);
    let energy = power(this.zeta, re, im);
    multiply(re, im, potential);
    grid.fft.forward(re, im);
    energy += (D / grid.size) * power(squares, re, im);
    multiply(re, im, kinetic);
    grid.fft.inverse(re, im);
    multiply(re, im, potential);
    this.time += dt;
    this.steps += 1;
    this.phase += (energy - (heat ? this.lowest : 0)) * dt * Math.cos(theta);
    if (heat) this.logNorm += Math.log(this.normalise()) - this.lowest * dt * Math.sin(theta);
  }

  /**
   * zeta above its minimum: heat would overflow else.
   * @private
   */
  lifted() {
    if (this.above) return this.above;
    const lowest = Math.min(...this.zeta);
    this.lowest = lowest;
    this.above = this.zeta.map((value) => value - lowest);
    return this.above;
  }

  /** Bring the norm back to 1 and return what it was. */
  normalise() {
    let sum = 0;
    for (let j = 0; j < this.re.length; j++) {
      sum += this.re[j] * this.re[j] + this.im[j] * this.im[j];
    }
    const norm = Math.sqrt(sum);
    for (let j = 0; j < this.re.length; j++) {
      this.re[j] /= norm;
      this.im[j] /= norm;
    }
    return norm;
  }

  /** @returns {Float64Array} |psi|^2 at the grid points */
  probabilities() {
    return this.re.map((a, j) => a * a + this.im[j] * this.im[j]);
  }

  /** @returns {[Float64Array, Float64Array]} amplitudes of the wave numbers, normalised */
  momenta() {
    const [re, im] = this.spectrum;
    re.set(this.re);
    im.set(this.im);
    this.grid.fft.forward(re, im);
    const scale = 1 / Math.sqrt(this.grid.size);
    for (let j = 0; j < re.length; j++) {
      re[j] *= scale;
      im[j] *= scale;
    }
    return [re, im];
  }

  /** @param {number} D */
  energy(D) {
    const [re, im] = this.momenta();
    return D * power(this.grid.k2, re, im) + power(this.zeta, this.re, this.im);
  }

  /**
   * Of the position, or of another coordinate of the points.
   * @param {Float64Array} [values]
   */
  position(values = this.grid.x) {
    return moments(values, this.probabilities());
  }

  /**
   * Of the wave number, or of another one of its components.
   * @param {Float64Array} [values]
   */
  momentum(values = this.grid.k) {
    const [re, im] = this.momenta();
    return moments(values, re.map((a, j) => a * a + im[j] * im[j]));
  }

  /**
   * |<v|psi>|^2 with a real state.
   * @param {ArrayLike<number>} state
   */
  share(state) {
    let a = 0, b = 0;
    for (let j = 0; j < this.re.length; j++) {
      a += state[j] * this.re[j];
      b += state[j] * this.im[j];
    }
    return a * a + b * b;
  }
}

/**
 * @param {Float64Array} re
 * @param {Float64Array} im
 * @param {[Float64Array, Float64Array]} factors
 */
function multiply(re, im, factors) {
  const [c, s] = factors;
  for (let j = 0; j < re.length; j++) {
    const a = re[j];
    re[j] = a * c[j] - im[j] * s[j];
    im[j] = a * s[j] + im[j] * c[j];
  }
}

/**
 * Sum of a value times |amplitude|^2.
 * @param {Float64Array} values
 * @param {Float64Array} re
 * @param {Float64Array} im
 */
export function power(values, re, im) {
  let sum = 0;
  for (let j = 0; j < re.length; j++) sum += values[j] * (re[j] * re[j] + im[j] * im[j]);
  return sum;
}

/**
 * Mean and standard deviation.
 * @param {ArrayLike<number>} values
 * @param {ArrayLike<number>} weights
 */
export function moments(values, weights) {
  let mean = 0, square = 0;
  for (let j = 0; j < values.length; j++) mean += weights[j] * values[j];
  for (let j = 0; j < values.length; j++) square += weights[j] * (values[j] - mean) ** 2;
  return { mean, width: Math.sqrt(square) };
}

/**
 * Amplitudes exp(-(x - center)^2 / (4 width^2) + i momentum x), the nearest way around the box.
 * @param {Grid} grid
 * @param {number} center
 * @param {number} width standard deviation of |psi|^2
 * @param {number} [momentum]
 * @returns {[Float64Array, Float64Array]}
 */
export function packet(grid, center, width, momentum = 0) {
  const length = grid.upper - grid.lower;
  /** @param {number} x */
  const offset = (x) => x - center - length * Math.round((x - center) / length);
  const height = grid.x.map((x) => Math.exp(-((offset(x) / (2 * width)) ** 2)));
  const norm = Math.sqrt(height.reduce((sum, a) => sum + a * a, 0));
  return [
    grid.x.map((x, j) => (height[j] * Math.cos(momentum * offset(x))) / norm),
    grid.x.map((x, j) => (height[j] * Math.sin(momentum * offset(x))) / norm),
  ];
}

/** Waves of the real Fourier basis that levels are made of: 64 are exact to 1e-8 mostly. */
const BASIS = 64;

/**
 * The lowest levels of -D lap + zeta, exactly, or in the lowest `basis` waves of the grid.
 * @param {Grid} grid
 * @param {ArrayLike<number>} zeta
 * @param {number} D
 * @param {number} count
 * @param {number} [basis] how many waves, a power of two; 64 where nothing is said
 * @returns {{energies: number[], states: Float64Array[]}} real, sum of squares 1, sum positive
 */
export function levels(grid, zeta, D, count, basis = BASIS) {
  const size = Math.min(basis, grid.size);
  const { orders, matrix } = hamiltonian(grid, zeta, D, size);
  const values = diagonalise(matrix, size);
  const rank = Array.from(values.keys()).sort((a, b) => values[a] - values[b]);
  const chosen = rank.slice(0, Math.min(count, size));
  return {
    energies: chosen.map((column) => values[column]),
    states: chosen.map((column) => {
      const weights = orders.map((_, row) => matrix[row * size + column]);
      return synthesise(grid, orders, weights);
    }),
  };
}

/**
 * Levels on so many waves that doubling them moves none by 1e-9: what tests compare.
 * @param {Grid} grid
 * @param {ArrayLike<number>} zeta
 * @param {number} D
 * @param {number} count
 */
export function exactLevels(grid, zeta, D, count) {
  let few = levels(grid, zeta, D, count);
  for (let basis = 2 * BASIS; basis <= grid.size; basis *= 2) {
    const more = levels(grid, zeta, D, count, basis);
    const moved = Math.max(...more.energies.map((e, j) => Math.abs(e - few.energies[j])));
    few = more;
    if (moved < 1e-9) break;
  }
  return few;
}

/**
 * H in waves cos 0, cos k, sin k, cos 2k, ...; the highest of all grid points is a cosine alone.
 * @param {Grid} grid
 * @param {ArrayLike<number>} zeta
 * @param {number} D
 * @param {number} size
 */
function hamiltonian(grid, zeta, D, size) {
  const re = Float64Array.from(zeta);
  const im = new Float64Array(grid.size);
  grid.fft.forward(re, im);
  const mask = grid.size - 1;
  /** @type {[number, boolean][]} order of a wave, and whether it is a sine */
  const orders = [[0, false]];
  for (let order = 1; orders.length < size; order++) {
    orders.push([order, false]);
    if (orders.length < size) orders.push([order, true]);
  }
  const half = Math.SQRT1_2;
  const factors = orders.map(([order]) => (order === 0 || order === grid.size / 2 ? half : 1));
  const matrix = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    const [a, isSine] = orders[row];
    for (let column = 0; column <= row; column++) {
      const [b, otherSine] = orders[column];
      const minus = (a - b) & mask, plus = (a + b) & mask;
      let value;
      if (isSine && otherSine) value = re[minus] - re[plus];
      else if (!isSine && !otherSine) value = re[minus] + re[plus];
      else value = -im[plus] - (isSine ? im[minus] : im[(b - a) & mask]);
      value *= (factors[row] * factors[column]) / grid.size;
      if (row === column) value += D * grid.k[a & mask] ** 2;
      matrix[row * size + column] = matrix[column * size + row] = value;
    }
  }
  return { orders, matrix };
}

/**
 * @param {Grid} grid
 * @param {[number, boolean][]} orders
 * @param {number[]} weights
 */
function synthesise(grid, orders, weights) {
  const re = new Float64Array(grid.size), im = new Float64Array(grid.size);
  orders.forEach(([order, isSine], j) => {
    const single = order === 0 || order === grid.size / 2;
    const half = (single ? 1 : Math.SQRT1_2) * weights[j] * Math.sqrt(grid.size);
    if (single) re[order] += half;
    else if (isSine) {
      im[order] -= half;
      im[grid.size - order] += half;
    } else {
      re[order] += half;
      re[grid.size - order] += half;
    }
  });
  grid.fft.inverse(re, im);
  const sign = re.reduce((sum, a) => sum + a, 0) < 0 ? -1 : 1;
  return re.map((a) => sign * a);
}

/**
 * Eigenvalues of a symmetric matrix; its columns become the eigenvectors (Householder, then QL).
 *
 * After `tred2` and `tql2` of EISPACK (Martin, Reinsch and Wilkinson, doi 10.1007/BF02161360).
 * @param {Float64Array} v row by row
 * @param {number} size
 * @returns {Float64Array}
 */
export function diagonalise(v, size) {
  const d = new Float64Array(size), e = new Float64Array(size);
  tridiagonalise(v, size, d, e);
  rotate(v, size, d, e);
  return d;
}

/**
 * @param {Float64Array} v
 * @param {number} n
 * @param {Float64Array} d
 * @param {Float64Array} e
 */
function tridiagonalise(v, n, d, e) {
  for (let j = 0; j < n; j++) d[j] = v[(n - 1) * n + j];
  for (let i = n - 1; i > 0; i--) {
    let scale = 0, h = 0;
    for (let k = 0; k < i; k++) scale += Math.abs(d[k]);
    if (scale === 0) {
      e[i] = d[i - 1];
      for (let j = 0; j < i; j++) {
        d[j] = v[(i - 1) * n + j];
        v[i * n + j] = v[j * n + i] = 0;
      }
    } else {
      for (let k = 0; k < i; k++) {
        d[k] /= scale;
        h += d[k] * d[k];
      }
      let f = d[i - 1];
      let g = f > 0 ? -Math.sqrt(h) : Math.sqrt(h);
      e[i] = scale * g;
      h -= f * g;
      d[i - 1] = f - g;
      e.fill(0, 0, i);
      for (let j = 0; j < i; j++) {
        f = d[j];
        v[j * n + i] = f;
        g = e[j] + v[j * n + j] * f;
        for (let k = j + 1; k < i; k++) {
          g += v[k * n + j] * d[k];
          e[k] += v[k * n + j] * f;
        }
        e[j] = g;
      }
      f = 0;
      for (let j = 0; j < i; j++) {
        e[j] /= h;
        f += e[j] * d[j];
      }
      const hh = f / (h + h);
      for (let j = 0; j < i; j++) e[j] -= hh * d[j];
      for (let j = 0; j < i; j++) {
        f = d[j];
        g = e[j];
        for (let k = j; k < i; k++) v[k * n + j] -= f * e[k] + g * d[k];
        d[j] = v[(i - 1) * n + j];
        v[i * n + j] = 0;
      }
    }
    d[i] = h;
  }
  for (let i = 0; i < n - 1; i++) {
    v[(n - 1) * n + i] = v[i * n + i];
    v[i * n + i] = 1;
    const h = d[i + 1];
    if (h !== 0) {
      for (let k = 0; k <= i; k++) d[k] = v[k * n + i + 1] / h;
      for (let j = 0; j <= i; j++) {
        let g = 0;
        for (let k = 0; k <= i; k++) g += v[k * n + i + 1] * v[k * n + j];
        for (let k = 0; k <= i; k++) v[k * n + j] -= g * d[k];
      }
    }
    for (let k = 0; k <= i; k++) v[k * n + i + 1] = 0;
  }
  for (let j = 0; j < n; j++) {
    d[j] = v[(n - 1) * n + j];
    v[(n - 1) * n + j] = 0;
  }
  v[n * n - 1] = 1;
  e[0] = 0;
}

/**
 * @param {Float64Array} v
 * @param {number} n
 * @param {Float64Array} d
 * @param {Float64Array} e
 */
function rotate(v, n, d, e) {
  e.copyWithin(0, 1);
  e[n - 1] = 0;
  let f = 0, largest = 0;
  for (let l = 0; l < n; l++) {
    largest = Math.max(largest, Math.abs(d[l]) + Math.abs(e[l]));
    let m = l;
    while (m < n - 1 && Math.abs(e[m]) > 2 ** -52 * largest) m++;
    while (m > l && Math.abs(e[l]) > 2 ** -52 * largest) {
      let g = d[l];
      let p = (d[l + 1] - g) / (2 * e[l]);
      let r = p < 0 ? -Math.hypot(p, 1) : Math.hypot(p, 1);
      d[l] = e[l] / (p + r);
      d[l + 1] = e[l] * (p + r);
      const next = d[l + 1];
      let h = g - d[l];
      for (let i = l + 2; i < n; i++) d[i] -= h;
      f += h;
      p = d[m];
      let c = 1, c2 = 1, c3 = 1, s = 0, s2 = 0;
      const el1 = e[l + 1];
      for (let i = m - 1; i >= l; i--) {
        c3 = c2;
        c2 = c;
        s2 = s;
        g = c * e[i];
        h = c * p;
        r = Math.sqrt(p * p + e[i] * e[i]);
        e[i + 1] = s * r;
        s = e[i] / r;
        c = p / r;
        p = c * d[i] - s * g;
        d[i + 1] = h + s * (c * g + s * d[i]);
        for (let k = 0, at = i; k < n; k++, at += n) {
          const a = v[at + 1], b = v[at];
          v[at + 1] = s * b + c * a;
          v[at] = c * b - s * a;
        }
      }
      p = (-s * s2 * c3 * el1 * e[l]) / next;
      e[l] = s * p;
      d[l] = c * p;
    }
    d[l] += f;
    e[l] = 0;
  }
}

/**
 * Amplitudes on more points: the spectrum with zeros around it, so that samples stay what they are.
 * @param {Grid} grid
 * @param {ArrayLike<number>} re
 * @param {ArrayLike<number>} im
 * @param {number} size a power of two
 * @returns {[Float64Array, Float64Array]} at `size` positions, of the same height at old ones
 */
export function refine(grid, re, im, size) {
  const a = Float64Array.from(re), b = Float64Array.from(im);
  if (size <= grid.size) return [a, b];
  grid.fft.forward(a, b);
  const wideA = new Float64Array(size), wideB = new Float64Array(size);
  const half = grid.size / 2;
  for (let j = 0; j < grid.size; j++) {
    if (j === half) continue;
    const to = j < half ? j : j + size - grid.size;
    wideA[to] = a[j];
    wideB[to] = b[j];
  }
  for (const to of [half, size - half]) {
    wideA[to] = a[half] / 2;
    wideB[to] = b[half] / 2;
  }
  fftOf(size).inverse(wideA, wideB);
  const scale = size / grid.size;
  return [wideA.map((value) => value * scale), wideB.map((value) => value * scale)];
}

/**
 * Walsh coefficients: values = sum over masks of a_mask (-1)^(parity of mask & j).
 * @param {ArrayLike<number>} values
 * @returns {Float64Array}
 */
export function walsh(values) {
  const a = Float64Array.from(values);
  for (let half = 1; half < a.length; half *= 2) {
    for (let start = 0; start < a.length; start += 2 * half) {
      for (let j = start; j < start + half; j++) {
        const b = a[j + half];
        a[j + half] = a[j] - b;
        a[j] += b;
      }
    }
  }
  return a.map((value) => value / a.length);
}

/**
 * @typedef {object} Gate
 * @property {"z" | "h" | "cp"} kind z: exp(i angle Z...Z) on its qubits; cp: phase where both are 1
 * @property {number[]} qubits
 * @property {number} angle
 */
/**
 * @typedef {object} Frame
 * @property {"potential" | "qft" | "kinetic" | "inverse"} name
 * @property {Gate[]} gates
 * @property {number} cnots at most
 */

/**
 * The gates of one step exp(-i D dt k^2) exp(-i zeta dt), up to a global phase.
 *
 * After a transform without swaps bit b of the wave number stands on qubit n - 1 - b.
 * @param {Grid} grid
 * @param {ArrayLike<number>} zeta
 * @param {number} D
 * @param {number} dt
 * @returns {Frame[]}
 */
export function stepGates(grid, zeta, D, dt) {
  const { n } = grid;
  const all = Array.from({ length: n }, (_, q) => q);
  /** @param {ArrayLike<number>} values @param {number} angle @param {(q: number) => number} wire */
  const diagonal = (values, angle, wire) => {
    /** @type {Gate[]} */
    const gates = [];
    const series = walsh(values);
    const largest = Math.max(...Array.from(series, Math.abs).slice(1));
    series.forEach((a, mask) => {
      if (mask && Math.abs(a) > 1e-13 * largest) {
        const qubits = all.filter((q) => (mask >> q) & 1).map(wire);
        gates.push({ kind: "z", qubits: qubits.sort((p, q) => p - q), angle: -angle * a });
      }
    });
    return gates.sort((a, b) => Math.abs(b.angle) - Math.abs(a.angle));
  };
  const potential = diagonal(zeta, dt, (q) => q);
  const kinetic = diagonal(grid.k2, D * dt, (q) => n - 1 - q);
  /** @type {Gate[]} */
  const qft = [];
  for (let q = n - 1; q >= 0; q--) {
    qft.push({ kind: "h", qubits: [q], angle: 0 });
    for (let p = q - 1; p >= 0; p--) {
      qft.push({ kind: "cp", qubits: [p, q], angle: -Math.PI / 2 ** (q - p) });
    }
  }
  /** @type {Gate[]} */
  const inverse = qft.slice().reverse().map((gate) => ({ ...gate, angle: -gate.angle }));
  const pairs = n * (n - 1);
  return [
    { name: "potential", gates: potential, cnots: cnots(potential, n) },
    { name: "qft", gates: qft, cnots: pairs },
    { name: "kinetic", gates: kinetic, cnots: pairs },
    { name: "inverse", gates: inverse, cnots: pairs },
  ];
}

/**
 * CNOT gates of a diagonal, at most: a walk through all parities, or each parity by itself.
 * @param {Gate[]} gates
 * @param {number} n
 */
function cnots(gates, n) {
  const alone = gates.reduce((sum, gate) => sum + 2 * (gate.qubits.length - 1), 0);
  return Math.min(alone, 2 ** n - 2);
}

/**
 * The phase that a gate writes, at every basis state.
 * @param {Gate} gate
 * @param {number} size
 */
export function phaseOf(gate, size) {
  return Float64Array.from({ length: size }, (_, j) => {
    const parity = gate.qubits.reduce((sum, q) => sum ^ ((j >> q) & 1), 0);
    return parity ? -gate.angle : gate.angle;
  });
}

/** Normal quantile of a 95 % interval. */
const Z = 1.959963984540054;

/**
 * Wilson's interval of a proportion (doi 10.2307/2276774), as `Estimate.of_proportion` has it.
 * @param {number} hits
 * @param {number} shots
 */
export function wilson(hits, shots) {
  const p = hits / shots, whole = 2 * (shots + Z ** 2);
  const center = (2 * shots * p + Z ** 2) / whole;
  const half = (Z / whole) * Math.sqrt(4 * shots * p * (1 - p) + Z ** 2);
  return {
    value: p,
    low: hits === 0 ? 0 : center - half,
    high: hits === shots ? 1 : center + half,
  };
}

/**
 * Random numbers in [0, 1) from a seed (mulberry32).
 * @param {number} seed
 */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Measured basis states.
 * @param {ArrayLike<number>} probabilities
 * @param {number} shots
 * @param {() => number} next
 * @returns {number[]}
 */
export function sample(probabilities, shots, next) {
  const sums = new Float64Array(probabilities.length);
  let sum = 0;
  for (let j = 0; j < sums.length; j++) sums[j] = sum += probabilities[j];
  return Array.from({ length: shots }, () => {
    const target = next() * sum;
    let low = 0, high = sums.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle] > target) high = middle;
      else low = middle + 1;
    }
    return low;
  });
}

/**
 * D in the middle of every step: straight in log D between equally spaced knots.
 * @param {number[]} knots D at each of them
 * @param {number} steps
 */
export function curve(knots, steps) {
  return Array.from({ length: steps }, (_, j) => curveAt(knots, (j + 0.5) / steps));
}

/**
 * @param {number[]} knots
 * @param {number} s from 0 to 1
 */
export function curveAt(knots, s) {
  const at = Math.min(Math.max(s, 0), 1) * (knots.length - 1);
  const left = Math.min(Math.floor(at), knots.length - 2);
  return knots[left] * (knots[left + 1] / knots[left]) ** (at - left);
}

/**
 * What an anneal along D(t) reaches from everywhere.
 * @param {Grid} grid
 * @param {Float64Array} zeta
 * @param {boolean[]} mask points that count
 * @param {number[]} diffusions D of each step
 * @param {number} dt
 * @returns {{success: number, ground: number, wave: Wave}} `ground` at the last D
 */
export function annealScore(grid, zeta, mask, diffusions, dt) {
  const wave = new Wave(grid, zeta);
  for (const D of diffusions) wave.step(D, dt);
  const last = diffusions[diffusions.length - 1];
  const ground = wave.share(levels(grid, zeta, last, 1).states[0]);
  return { success: inside(wave.probabilities(), mask), ground, wave };
}

/**
 * @param {ArrayLike<number>} probabilities
 * @param {boolean[]} mask
 */
export function inside(probabilities, mask) {
  return mask.reduce((sum, counts, j) => sum + (counts ? probabilities[j] : 0), 0);
}
