/**
 * A landscape of two coordinates: its grid, goal and contours, and its lowest states at any D.
 */

import { walsh } from "./engine.js";
import { planeFormula } from "./formula.js";
import { LowestStates } from "./lowest.js";
import { CELLS, contoursOf, makePlane, planeMinimizers } from "./plane.js";

/** Residual below which the eye sees no difference any more. */
const ENOUGH = 1e-4;
/** Qubits of each axis that gaps are made with: they are drawn, not read. */
const COARSE = 5;

/** What a formula of x and y is on the page. */
export class Field {
  /** @type {LowestStates | undefined} */
  gaps;
  /** @type {number | undefined} */
  costOfPhase;
  /** D of the states that are known. */
  at = NaN;
  /** Whether a step was made since the last picture. */
  moved = false;

  /**
   * @param {string} formula
   * @param {[[number, number], [number, number]]} boxes lower and upper end of x and of y
   * @param {number} n qubits of each axis
   * @param {number} radius of success, in units of the box
   */
  constructor(formula, boxes, n, radius) {
    const value = planeFormula(formula, boxes);
    const [[left, right], [bottom, top]] = boxes;
    this.value = value;
    this.boxes = boxes;
    this.grid = makePlane(...boxes, n);
    const { x, y } = this.grid;
    this.zeta = x.map((one, p) => value(one, y[p]));
    /** The landscape at (CELLS + 1)^2 points, both ends of the box among them. */
    this.fine = Float64Array.from({ length: (CELLS + 1) ** 2 }, (_, p) =>
      value(left + ((right - left) * Math.floor(p / (CELLS + 1))) / CELLS,
        bottom + ((top - bottom) * (p % (CELLS + 1))) / CELLS));
    this.contours = contoursOf(this.fine);
    this.minimizers = planeMinimizers(value, boxes, this.fine);
    /** @type {boolean[]} */
    this.mask = Array.from(x, (one, p) => this.minimizers.some(([a, b]) =>
      Math.hypot((one - a) / (right - left), (y[p] - b) / (top - bottom)) <= radius + 1e-12));
    /** @type {[number, number]} */
    this.range = [Infinity, -Infinity];
    for (const one of this.fine) {
      this.range = [Math.min(this.range[0], one), Math.max(this.range[1], one)];
    }
    this.lowest = new LowestStates(this.grid, this.zeta);
  }

  /** Largest step of zeta from one end of the box to the other. */
  seam() {
    const rows = CELLS + 1;
    let most = 0;
    for (let j = 0; j < rows; j++) {
      most = Math.max(most, Math.abs(this.fine[j] - this.fine[CELLS * rows + j]),
        Math.abs(this.fine[j * rows] - this.fine[j * rows + CELLS]));
    }
    return most;
  }

  /**
   * The lowest states at a D: one step closer to them where D has changed.
   * @param {number} D
   */
  levels(D) {
    if (this.at !== D) {
      this.at = D;
      this.lowest.follow(D);
      this.moved = true;
    }
    const { energies, states } = this.lowest;
    return { D, energies, states };
  }

  /** One more step at the same D, if none was made; whether there is something left to see. */
  settle() {
    const left = this.lowest.residual > ENOUGH;
    if (left && !this.moved) this.lowest.follow(this.at);
    this.moved = false;
    return left;
  }

  /** The lowest states at a D, as exact as the grid is. @param {number} D */
  exactLevels(D) {
    this.at = D;
    const { energies, states } = this.lowest.settle(D);
    return { D, energies, states };
  }

  /** Gap at a D, on a coarse grid; from high D to low, as each begins with the last. */
  gap(/** @type {number} */ D) {
    if (!this.gaps) {
      const { grid } = this;
      if (grid.side > 2 ** COARSE) {
        const coarse = makePlane(...this.boxes, COARSE);
        const zeta = coarse.x.map((x, p) => this.value(x, coarse.y[p]));
        this.gaps = new LowestStates(coarse, zeta);
      } else this.gaps = new LowestStates(grid, this.zeta);
    }
    const [ground, first] = this.gaps.settle(D, 1e-2, 12).energies;
    return first - ground;
  }

  /** CNOT gates of one step, at most, by frame: a parity each, or a walk through all of them. */
  costs() {
    const n = this.grid.n / 2, both = 2 * n * (n - 1);
    if (this.costOfPhase === undefined) {
      const series = walsh(this.zeta);
      const most = series.reduce((sum, a, mask) => (mask ? Math.max(sum, Math.abs(a)) : sum), 0);
      let alone = 0;
      series.forEach((a, mask) => {
        if (!mask || Math.abs(a) <= 1e-13 * most) return;
        let ones = 0;
        for (let left = mask; left; left >>= 1) ones += left & 1;
        alone += 2 * (ones - 1);
      });
      this.costOfPhase = Math.min(alone, this.grid.size - 2);
    }
    return { potential: this.costOfPhase, qft: both, kinetic: both, inverse: both };
  }
}
