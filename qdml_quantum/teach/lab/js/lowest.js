/**
 * The lowest states of -D lap + zeta on a plane, followed while D moves: block LOBPCG.
 *
 * A. V. Knyazev, SIAM J. Sci. Comput. 23, 517 (2001), doi 10.1137/S1064827500366124. A matrix of
 * all points would have 4096 rows; here a step costs six transforms, and one of them for every
 * picture keeps up with a D that moves slowly.
 */

import { diagonalise, random } from "./engine.js";

/** Two states to be seen with their gap, and two more so that these come quickly. */
const BLOCK = 4;

/** A block of states that becomes the lowest ones, step by step. */
export class LowestStates {
  /** @type {Float64Array[]} the states, the lowest first */
  states;
  /** @type {number[]} */
  energies = [];
  /** Largest of the residuals |H psi - E psi| of the two lowest states, at the last step. */
  residual = Infinity;

  /**
   * @param {import("./plane.js").Plane} grid
   * @param {Float64Array} zeta
   */
  constructor(grid, zeta) {
    this.grid = grid;
    this.zeta = zeta;
    this.lowest = zeta.reduce((least, value) => Math.min(least, value), Infinity);
    const next = random(5);
    const [a, b] = grid.axes.map((axis) => (2 * Math.PI) / (axis.upper - axis.lower));
    /** @type {((x: number, y: number) => number)[]} */
    const shapes = [() => 1, (x) => Math.cos(a * x), (_, y) => Math.cos(b * y),
      (x, y) => Math.sin(a * x) + Math.sin(b * y)];
    // No state is left out by a symmetry of the start.
    this.states = shapes.map((shape) =>
      grid.x.map((x, p) => shape(x, grid.y[p]) + 0.1 * (next() - 0.5)));
    this.kinetic = this.states.map(() => new Float64Array(grid.size));
    for (let j = 0; j < BLOCK; j += 2) this.pair(j, this.states, this.kinetic);
    /** @type {Float64Array[]} directions of the last step, and k^2 on them */
    this.last = [];
    /** @type {Float64Array[]} */
    this.lastKinetic = [];
  }

  /**
   * k^2 on two real states at once, as the parts of a complex one.
   * @param {number} j
   * @param {Float64Array[]} from
   * @param {Float64Array[]} to
   * @private
   */
  pair(j, from, to) {
    const { fft, k2 } = this.grid;
    const [re, im] = [to[j], to[j + 1]];
    re.set(from[j]);
    im.set(from[j + 1]);
    fft.forward(re, im);
    for (let p = 0; p < k2.length; p++) {
      re[p] *= k2[p];
      im[p] *= k2[p];
    }
    fft.inverse(re, im);
  }

  /**
   * Steps at a D. The first one at another D begins with the energies of the old states there.
   * @param {number} D
   * @param {number} [steps]
   */
  follow(D, steps = 1) {
    for (let j = 0; j < steps; j++) this.step(D);
    return this;
  }

  /**
   * Steps until the two lowest states are right.
   * @param {number} D
   * @param {number} [tolerance] of the residual
   * @param {number} [most] steps
   */
  settle(D, tolerance = 1e-6, most = 300) {
    do this.step(D);
    while (this.residual > tolerance && --most > 0);
    return this;
  }

  /** @param {number} D @private */
  step(D) {
    const { grid, zeta, states, kinetic } = this, { size } = grid;
    const directions = states.map(() => new Float64Array(size));
    const moving = states.map(() => new Float64Array(size));
    this.residual = 0;
    let spread = 0;
    states.forEach((state, j) => {
      const norm = dot(state, state), rest = directions[j];
      let energy = 0, height = 0;
      for (let p = 0; p < size; p++) {
        rest[p] = D * kinetic[j][p] + zeta[p] * state[p];
        energy += state[p] * rest[p];
        height += (zeta[p] - this.lowest) * state[p] * state[p];
      }
      energy /= norm;
      spread = Math.max(spread, height / norm, energy - this.lowest);
      for (let p = 0; p < size; p++) rest[p] -= energy * state[p];
      if (j < 2) this.residual = Math.max(this.residual, Math.sqrt(dot(rest, rest) / norm));
    });
    for (let j = 0; j < BLOCK; j += 2) this.precondition(j, directions, moving, D, spread);
    const all = [...states, ...directions, ...this.last];
    const allKinetic = [...kinetic, ...moving, ...this.lastKinetic];
    const { energies, weights } = this.project(D, all, allKinetic);
    this.states = combine(all, weights, 0);
    this.kinetic = combine(allKinetic, weights, 0);
    this.last = combine(all, weights, BLOCK);
    this.lastKinetic = combine(allKinetic, weights, BLOCK);
    this.energies = energies;
    const sum = this.states[0].reduce((total, value) => total + value, 0);
    if (sum < 0) [this.states, this.kinetic, this.last, this.lastKinetic].forEach(([first]) =>
      first.forEach((value, p) => (first[p] = -value)));
  }

  /**
   * Divide two residuals by D k^2 + c, and have k^2 on them by the way.
   * @param {number} j
   * @param {Float64Array[]} rest
   * @param {Float64Array[]} moving
   * @param {number} D
   * @param {number} c
   * @private
   */
  precondition(j, rest, moving, D, c) {
    const { fft, k2 } = this.grid;
    const [a, b, u, v] = [rest[j], rest[j + 1], moving[j], moving[j + 1]];
    fft.forward(a, b);
    for (let p = 0; p < k2.length; p++) {
      const share = 1 / (D * k2[p] + c);
      a[p] *= share;
      b[p] *= share;
      u[p] = a[p] * k2[p];
      v[p] = b[p] * k2[p];
    }
    fft.inverse(a, b);
    fft.inverse(u, v);
  }

  /**
   * The lowest states among all combinations of some vectors.
   * @param {number} D
   * @param {Float64Array[]} all
   * @param {Float64Array[]} allKinetic
   * @private
   */
  project(D, all, allKinetic) {
    const m = all.length, { size } = this.grid;
    const scale = all.map((one) => 1 / Math.sqrt(dot(one, one) || 1));
    const overlap = new Float64Array(m * m), energy = new Float64Array(m * m);
    const applied = new Float64Array(size);
    for (let r = 0; r < m; r++) {
      for (let p = 0; p < size; p++) applied[p] = D * allKinetic[r][p] + this.zeta[p] * all[r][p];
      for (let s = 0; s <= r; s++) {
        const factor = scale[r] * scale[s];
        overlap[r * m + s] = overlap[s * m + r] = factor * dot(all[r], all[s]);
        energy[r * m + s] = energy[s * m + r] = factor * dot(applied, all[s]);
      }
    }
    // What depends on the others is left out: residuals that have vanished, above all.
    const lengths = diagonalise(overlap, m);
    const kept = Array.from(lengths.keys()).filter((column) => lengths[column] > 1e-10);
    const basis = kept.map((column) => Float64Array.from({ length: m }, (_, r) =>
      overlap[r * m + column] / Math.sqrt(lengths[column])));
    const q = kept.length, small = new Float64Array(q * q);
    for (let r = 0; r < q; r++) {
      const applied = basis[r].map((_, a) =>
        basis[r].reduce((sum, value, b) => sum + value * energy[a * m + b], 0));
      for (let s = 0; s < q; s++) small[r * q + s] = dot(applied, basis[s]);
    }
    const values = diagonalise(small, q);
    const rank = Array.from(values.keys()).sort((a, b) => values[a] - values[b]).slice(0, BLOCK);
    return {
      energies: rank.map((column) => values[column]),
      weights: rank.map((column) => scale.map((one, r) =>
        one * basis.reduce((sum, vector, b) => sum + vector[r] * small[b * q + column], 0))),
    };
  }
}

/** @param {Float64Array} a @param {Float64Array} b */
function dot(a, b) {
  let sum = 0;
  for (let p = 0; p < a.length; p++) sum += a[p] * b[p];
  return sum;
}

/**
 * Sums of vectors by weights, from one of them on.
 * @param {Float64Array[]} vectors
 * @param {number[][]} weights
 * @param {number} from
 */
function combine(vectors, weights, from) {
  return weights.map((row) => {
    const sum = new Float64Array(vectors[0].length);
    for (let r = from; r < vectors.length; r++) {
      const vector = vectors[r], weight = row[r];
      for (let p = 0; p < sum.length; p++) sum[p] += weight * vector[p];
    }
    return sum;
  });
}
