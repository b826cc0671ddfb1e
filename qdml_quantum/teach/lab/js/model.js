/**
 * What the page holds: settings that fit into a link, and the state that they lead to.
 *
 * One object, `Lab`; whoever changes a setting calls `apply`, and what depends on it follows.
 */

import * as engine from "./engine.js";
import { Field } from "./field.js";
import { FormulaError, dimensionsOf, planeFormula, valuesOf } from "./formula.js";
import { planePacket } from "./plane.js";

/** @typedef {"everywhere" | "packet" | "ground" | "pair"} Start */
/**
 * @typedef {object} Settings
 * @property {string} formula of the language of Python
 * @property {number} lower
 * @property {number} upper
 * @property {number} lowerY the same of y, where the formula has one
 * @property {number} upperY
 * @property {number} n qubits, 3 to 9; of each axis, 4 to 6, where there are two
 * @property {Start} start
 * @property {number} center of the packet
 * @property {number} width of the packet
 * @property {number} momentum of the packet
 * @property {number} centerY
 * @property {number} momentumY
 * @property {"curve" | "hand"} mode
 * @property {number[]} knots levels of D, see `diffusionOf`
 * @property {number} level of D by hand
 * @property {number} dt one of `TIME_STEPS`
 * @property {number} time one of `TIMES`: duration of D(t)
 * @property {number} theta degrees from wave to heat
 * @property {number} shift of the landscape
 * @property {number[] | null} drawn 64 heights from 0 to 255, between `low` and `high`
 * @property {number} low
 * @property {number} high
 */

/**
 * Landscapes with a name, whose texts are in the table of strings. Where there is nothing to find
 * a packet moves.
 * @type {{id: string, formula: string, lower: number, upper: number, moving?: Partial<Settings>}[]}
 */
export const PRESETS = [
  { id: "tilted", formula: "(x**2 - 1)**2 + 0.2*x", lower: -2.5, upper: 2.5 },
  { id: "double", formula: "(x**2 - 1)**2", lower: -2.5, upper: 2.5 },
  { id: "bowl", formula: "x**2", lower: -4, upper: 4 },
  { id: "lattice", formula: "0.1*x**2 + 1 - cos(2*pi*x)", lower: -4, upper: 4 },
  { id: "bumps", formula: "(x**2 + 10 - 10*cos(2*pi*x))/10", lower: -3, upper: 3 },
  { id: "barrier", formula: "3*exp(-8*x**2)", lower: -5, upper: 5, moving: { momentum: 3 } },
  { id: "slope", formula: "0.6*x", lower: -5, upper: 5, moving: {} },
  { id: "free", formula: "0*x", lower: -5, upper: 5, moving: { momentum: 4 } },
];
/** The same of two coordinates, in a box that is as wide as it is high. */
export const PLANES = /** @type {typeof PRESETS} */ ([
  {
    id: "himmelblau", formula: "((x**2 + y - 11)**2 + (x + y**2 - 7)**2)/100",
    lower: -5, upper: 5,
  },
  {
    id: "rastrigin", formula: "(20 + x**2 + y**2 - 10*cos(2*pi*x) - 10*cos(2*pi*y))/10",
    lower: -3, upper: 3,
  },
  {
    id: "wells", formula: "(x**2 - 1)**2 + (y**2 - 1)**2 + 0.2*x + 0.1*y",
    lower: -2.5, upper: 2.5,
  },
  {
    id: "slits", formula: "12*exp(-12*x**2)*(1 - exp(-12*(y - 0.9)**2) - exp(-12*(y + 0.9)**2))",
    lower: -4, upper: 4,
    moving: { momentum: 5, width: 0.7, center: -2.2, centerY: 0, time: 3 },
  },
]);
export const TIME_STEPS = [0.01, 0.02, 0.03, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5];
export const TIMES = [1.5, 3, 6, 12, 24, 48];
export const STARTS = /** @type {Start[]} */ (["everywhere", "packet", "ground", "pair"]);
/** Qubits: of a line, and of each axis of a plane, which is to move at 30 pictures a second. */
export const QUBITS = { line: [3, 9], plane: [4, 6] };
export const NUM_KNOTS = 9;
/** D runs from 0.02 to 10 in so many equal ratios, so that a link holds it exactly. */
export const LEVELS = 240;
export const D_MIN = 0.02;
export const D_MAX = 10;
/** Radius of success, in units of the box: that of `Goal`. */
export const RADIUS = 0.1;
/** Heights of a landscape that was drawn. */
export const DRAWN = 64;

/** @param {number} level */
export const diffusionOf = (level) => D_MIN * (D_MAX / D_MIN) ** (level / LEVELS);
/** @param {number} D */
export const levelOf = (D) => {
  const share = Math.log(D / D_MIN) / Math.log(D_MAX / D_MIN);
  return Math.min(LEVELS, Math.max(0, Math.round(LEVELS * share)));
};

/** Equal ratios from 8 to 0.1. */
export const EVEN = Array.from({ length: NUM_KNOTS }, (_, j) => 231 - Math.round((169 * j) / 8));

/** The game: the standard anneal, sixty steps. */
export const GAME = Object.freeze({
  formula: PRESETS[0].formula, lower: -2.5, upper: 2.5, n: 6,
  start: /** @type {Start} */ ("everywhere"),
  mode: /** @type {"curve"} */ ("curve"), dt: 0.1, time: 6, theta: 0, shift: 0, drawn: null,
});
/**
 * Found by `node tests/teach/lab/search_curve.mjs` in 6000 trial runs with D never rising: 0.842.
 */
export const TOOLKIT = [214, 102, 102, 102, 102, 102, 102, 83, 52];
/** The same with D free to rise: 0.861, by a focus in time, with 0.623 in the ground state. */
export const FOCUS = [178, 12, 31, 87, 170, 49, 3, 0, 73];

/** @returns {Settings} */
export function defaults() {
  return {
    ...GAME, lowerY: GAME.lower, upperY: GAME.upper, dt: 0.03, time: 12, center: -1.5, width: 0.3,
    momentum: 0, centerY: -1.5, momentumY: 0, knots: EVEN.slice(),
    level: levelOf(0.3), low: -1, high: 4,
  };
}

/**
 * A number of few digits: settings are rounded when they are made, and not when they are shared.
 * @param {number} value
 */
export const rounded = (value) => Number(value.toPrecision(4));

/** @type {(keyof Settings)[]} */
const BOX = ["lower", "upper", "lowerY", "upperY"];
/** @type {(keyof Settings)[]} */
const PACKET = ["center", "width", "momentum", "centerY", "momentumY"];

/** Settings and the state that they lead to. */
export class Lab {
  /** @type {engine.Grid} */
  grid;
  /** @type {Field | null} the landscape, where it has two coordinates */
  field = null;
  steep = new Float64Array();
  /** @type {Float64Array | undefined} landscape whose slopes `steep` has */
  slopesOf;
  /** @type {Float64Array} */
  zeta;
  /** @type {{x: Float64Array, zeta: Float64Array}} the landscape at 1024 positions */
  fine;
  /** @type {engine.Wave} */
  wave;
  /** @type {number[]} */
  minimizers;
  /** @type {boolean[]} points that count as success */
  mask;
  /** Whether there is a minimum to be near to. */
  hasGoal = false;
  /** Share of the points that count. */
  chance = 0;
  /** @type {[number, number]} lowest and highest value */
  range;
  /** @type {{D: number, energies: number[], states: Float64Array[]} | undefined} */
  known;
  /** @type {{grid: engine.Grid, zeta: Float64Array, mask: boolean[]} | undefined} */
  board;
  /** @type {number[]} gaps at 41 values of D, made one by one */
  gaps;
  /** @type {{s: number, success: number, ground: number}[]} */
  trace;

  /** @param {Partial<Settings>} [settings] */
  constructor(settings = {}) {
    this.settings = defaults();
    this.seed = 1;
    this.error = "";
    /** @type {FormulaError | null} why a formula was not taken */
    this.refusal = null;
    /** @type {number[]} */
    this.counts = [];
    this.shots = 0;
    if (!this.apply(settings)) this.apply({});
  }

  /**
   * Change settings; what depends on them follows, and a running wave goes on where it can.
   * @param {Partial<Settings>} patch
   * @returns {boolean} whether the landscape could be read; `error` says why not
   */
  apply(patch) {
    const before = this.settings;
    this.settings = { ...before, ...patch };
    /** @param {(keyof Settings)[]} keys */
    const changed = (...keys) => keys.some((key) => this.settings[key] !== before[key]);
    this.error = "";
    if (!this.grid || changed("formula", ...BOX, "n", "drawn", "shift", "low", "high")) {
      try {
        this.build();
      } catch (error) {
        if (!(error instanceof FormulaError)) throw error;
        this.settings = before;
        this.error = error.message;
        this.refusal = error;
        return false;
      }
    }
    if (!this.wave || changed(...BOX, "n", "start", "mode", "time", "dt")) this.restart();
    else if (changed(...PACKET) && this.settings.start === "packet") {
      this.restart();
    } else if (changed("formula")) this.restart();
    else if (changed("knots") && this.settings.mode === "curve") this.restart();
    else if (changed("drawn", "shift")) this.clearShots();
    return true;
  }

  /** Grid, landscape and goal of the settings. @private */
  build() {
    const { lower, upper, n, formula, drawn } = this.settings;
    if (!drawn && dimensionsOf(formula) === 2) return this.buildField();
    const grid = engine.makeGrid(lower, upper, n);
    const zeta = this.landscape(grid.x);
    const dx = (upper - lower) / 1024;
    const fineX = Float64Array.from({ length: 1024 }, (_, j) => lower + dx * j);
    const fine = this.landscape(fineX);
    this.field = null;
    this.grid = grid;
    this.zeta = zeta;
    this.fine = { x: fineX, zeta: fine };
    this.minimizers = minimizersOf(fineX, fine);
    const radius = RADIUS * (upper - lower) + 1e-12;
    this.mask = Array.from(grid.x, (x) => this.minimizers.some((m) => Math.abs(x - m) <= radius));
    this.range = [Math.min(...fine), Math.max(...fine)];
    this.hasGoal = this.minimizers.length > 0;
    this.built();
  }

  /** The same of two coordinates. @private */
  buildField() {
    const { formula, lower, upper, lowerY, upperY, n } = this.settings;
    const [fewest, most] = QUBITS.plane, side = Math.min(most, Math.max(fewest, n));
    const field = new Field(formula, [[lower, upper], [lowerY, upperY]], side, RADIUS);
    this.settings = { ...this.settings, n: side, shift: 0 };
    Object.assign(this, {
      field, grid: field.grid, zeta: field.zeta, mask: field.mask, range: field.range,
      minimizers: [], hasGoal: field.minimizers.length > 0,
    });
    this.built();
  }

  /** What follows from grid and landscape, whatever they are. @private */
  built() {
    const { grid, zeta } = this;
    this.chance = this.mask.filter(Boolean).length / grid.size;
    this.gaps = [];
    this.known = undefined;
    if (this.wave && this.wave.grid.size === grid.size) {
      this.wave.zeta = zeta;
      this.wave.above = undefined;
    }
  }

  /**
   * zeta at positions: drawn or typed, shifted around the box.
   * @param {ArrayLike<number>} points
   */
  landscape(points) {
    const { lower, upper, shift, drawn, low, high, formula } = this.settings;
    const length = upper - lower;
    const back = Float64Array.from(points, (x) =>
      x - shift - length * Math.floor((x - shift - lower) / length));
    if (!drawn) return valuesOf(formula, shift ? back : points);
    return back.map((x) => {
      const at = (DRAWN * (x - lower)) / length, left = Math.floor(at) % DRAWN;
      const right = (left + 1) % DRAWN, part = at - Math.floor(at);
      return low + ((high - low) * (drawn[left] * (1 - part) + drawn[right] * part)) / 255;
    });
  }

  /** Begin again with the start that is set. */
  restart() {
    const { start, center, width, momentum, centerY, momentumY } = this.settings;
    const wave = new engine.Wave(this.grid, this.zeta);
    this.wave = wave;
    this.trace = [];
    if (start === "packet" && this.field) {
      wave.set(...planePacket(this.field.grid, [[center, momentum], [centerY, momentumY]], width));
    } else if (start === "packet") {
      wave.set(...engine.packet(this.grid, center, width, momentum));
    } else if (start !== "everywhere") {
      const { states } = this.field ? this.field.exactLevels(this.diffusion())
        : engine.exactLevels(this.grid, this.zeta, this.diffusion(), 2);
      const both = () => states[0].map((a, j) => a + this.facing(states, j));
      wave.set(start === "ground" ? states[0] : both(), new Float64Array(this.grid.size));
    }
    this.clearShots();
    this.record();
  }

  /**
   * The second state, with the sign that puts the sum on the left.
   * @param {Float64Array[]} states
   * @param {number} j
   * @private
   */
  facing(states, j) {
    const middle = this.grid.size / 2;
    const left = states[0].reduce((sum, a, i) => sum + (i < middle ? a * states[1][i] : 0), 0);
    return left < 0 ? -states[1][j] : states[1][j];
  }

  /** Steps of D(t). */
  get steps() {
    return Math.max(1, Math.round(this.settings.time / this.settings.dt));
  }

  /** Whether D(t) has come to its end. */
  get done() {
    return this.settings.mode === "curve" && this.wave.steps >= this.steps;
  }

  /** D of the moment: of the last step that was made, along the curve or by hand. */
  diffusion() {
    const { mode, knots, level } = this.settings;
    if (mode === "hand") return diffusionOf(level);
    const step = this.wave ? Math.max(0, this.wave.steps - 1) : 0;
    return engine.curveAt(knots.map(diffusionOf), (step + 0.5) / this.steps);
  }

  /**
   * Make steps; what was measured before belongs to a state that is no more.
   * @param {number} [count]
   */
  advance(count = 1) {
    const { mode, knots, level, dt, theta } = this.settings;
    const values = knots.map(diffusionOf), angle = (theta * Math.PI) / 180;
    for (let j = 0; j < count && !this.done; j++) {
      const s = (this.wave.steps + 0.5) / this.steps;
      const D = mode === "hand" ? diffusionOf(level) : engine.curveAt(values, s);
      this.wave.step(D, dt, angle);
    }
    this.clearShots();
    this.record();
  }

  /** @private */
  record() {
    if (this.settings.mode !== "curve") return;
    const ground = this.wave.share(this.spectrum().states[0]);
    const success = this.success() ?? 0;
    this.trace.push({ s: this.wave.steps / this.steps, success, ground });
  }

  /** Levels at the D of the moment: eight are drawn. */
  spectrum() {
    const D = this.diffusion();
    if (this.field) return this.field.levels(D);
    if (!this.known || this.known.D !== D) {
      const { energies, states } = engine.levels(this.grid, this.zeta, D, 8, this.basis(D));
      this.known = { D, energies, states };
    }
    return this.known;
  }

  /**
   * Waves that the eight levels need for the eye: a third of the time of 64 where D is large.
   * @param {number} D
   * @private
   */
  basis(D) {
    const least = D < 0.15 ? 64 : D < 0.6 ? 48 : 32;
    const length = this.settings.upper - this.settings.lower;
    return Math.min(this.grid.size, length > 6 ? 64 : least);
  }

  /** @returns {number | null} probability near a minimum; null where there is no goal */
  success() {
    return this.hasGoal ? engine.inside(this.wave.probabilities(), this.mask) : null;
  }

  /** One more of 41 gaps; true while some are missing. */
  makeGap() {
    const j = this.gaps.length;
    if (j > 40) return false;
    if (this.field) {
      this.gaps.unshift(this.field.gap(diffusionOf(LEVELS - (LEVELS * j) / 40)));
      return j < 40;
    }
    const grid = this.grid.n > 6
      ? engine.makeGrid(this.grid.lower, this.grid.upper, 6) : this.grid;
    const zeta = this.grid.n > 6 ? this.landscape(grid.x) : this.zeta;
    const { energies } = engine.levels(grid, zeta, diffusionOf((LEVELS * j) / 40), 2, 48);
    this.gaps.push(energies[1] - energies[0]);
    return j < 40;
  }

  /** What the eight readings say. */
  readings() {
    const { mean, width } = this.wave.position();
    const { D, energies, states } = this.spectrum();
    return {
      t: this.wave.time, D, mean, width,
      ofY: this.field ? this.wave.position(this.field.grid.y) : null,
      energy: this.wave.energy(D), ground: energies[0], gap: energies[1] - energies[0],
      success: this.success(), share: this.wave.share(states[0]), logNorm: this.wave.logNorm,
    };
  }

  /** What was measured belongs to a state that is no more. */
  clearShots() {
    this.counts = [];
    this.shots = 0;
  }

  /**
   * Measure the state of now, further shots adding to those before.
   * @param {number} shots
   * @returns {number[]} the basis states, in order
   */
  measure(shots) {
    this.seed = (Math.imul(this.seed, 1664525) + 1013904223) >>> 0;
    const results = engine.sample(this.wave.probabilities(), shots, engine.random(this.seed));
    if (!this.counts.length) this.counts = new Array(this.grid.size).fill(0);
    for (const j of results) this.counts[j] += 1;
    this.shots += shots;
    return results;
  }

  /** Hits, interval, chance, and the lowest value seen. */
  verdict() {
    const hits = engine.inside(this.counts, this.mask);
    const seen = this.counts.map((count, j) => (count ? this.zeta[j] : Infinity));
    return {
      hits, shots: this.shots, chance: this.chance,
      ...engine.wilson(hits, Math.max(1, this.shots)),
      best: Math.min(...seen), lowest: Math.min(...this.zeta),
      looked: Math.min(this.grid.size, this.shots), steps: this.wave.steps,
    };
  }

  /**
   * The game: what a curve reaches.
   * @param {number[]} knots
   */
  score(knots) {
    const { grid, zeta, mask } = this.gameBoard();
    const values = engine.curve(knots.map(diffusionOf), Math.round(GAME.time / GAME.dt));
    const { success, ground } = engine.annealScore(grid, zeta, mask, values, GAME.dt);
    const last = engine.levels(grid, zeta, values[values.length - 1], 1).states[0];
    return { success, ground, noHurry: engine.inside(last.map((a) => a * a), mask) };
  }

  /** @private */
  gameBoard() {
    if (!this.board) {
      const lab = this.isGame() ? this : new Lab(GAME);
      this.board = { grid: lab.grid, zeta: lab.zeta, mask: lab.mask };
    }
    return this.board;
  }

  /** Whether the settings are those of the game, whatever the curve is. */
  isGame() {
    return Object.entries(GAME).every(([key, value]) =>
      this.settings[/** @type {keyof Settings} */ (key)] === value);
  }

  /** Squares of the slope at all points, of differences inside of the box. */
  slopes() {
    const { zeta } = this;
    if (this.slopesOf !== zeta) {
      this.slopesOf = zeta;
      /** @type {import("./engine.js").Grid[]} */
      const axes = this.field ? this.field.grid.axes : [this.grid];
      this.steep = zeta.map((here, j) => axes.reduce((sum, { dx, size }, axis) => {
        const next = axis + 1 < axes.length ? size : 1;
        const other = Math.floor(j / next) % size < size - 1 ? j + next : j - next;
        return sum + ((zeta[other] - here) / dx) ** 2;
      }, 0));
    }
    return this.steep;
  }

  /**
   * What is wrong with the picture, most serious first; keys of the table of strings.
   * @returns {string[]}
   */
  warnings() {
    const { start, momentum, momentumY, width, dt, theta } = this.settings;
    const { kMax, k2, high: short, edge: outer, size } = this.grid;
    const slopes = this.slopes();
    const result = [];
    const fastest = Math.max(Math.abs(momentum), this.field ? Math.abs(momentumY) : 0);
    if (start === "packet" && fastest + 3 / (2 * width) > kMax) result.push("aliased");
    const [re, im] = this.wave.momenta();
    const D = this.diffusion();
    const p = this.wave.probabilities();
    let fast = 0, high = 0, rough = 0, edge = 0;
    for (let j = 0; j < size; j++) {
      const share = re[j] * re[j] + im[j] * im[j];
      if (D * k2[j] * dt > Math.PI) fast += share;
      if (short[j]) high += share;
      // The error of a step has the phase D dt^3 slope^2 / 12: a turn after some ten steps. At 1 no
      // landscape of the page warns at its dt, and raw Himmelblau, which is wrong, does [measured].
      if (D * dt ** 3 * slopes[j] > 1) rough += p[j];
      if (outer[j]) edge += p[j];
    }
    if (high > 0.01 && !result.length) result.push("coarse");
    if (Math.max(fast, rough) > 0.02) result.push("step");
    if (theta > 0) result.push("heat");
    // On a plane what begins everywhere has much of it near an edge, and ought to.
    const meant = this.field !== null && start !== "packet";
    if (edge > 0.02 && !meant && this.wave.steps && !this.flat()) result.push("wraps");
    return result;
  }

  /** Whether the two ends of the box are level, so that going around is no accident. */
  flat() {
    const [low, high] = this.range;
    const seam = this.field ? this.field.seam()
      : Math.abs(this.fine.zeta[0] - this.fine.zeta[1023]);
    return high - low < 1e-9 || seam > 0.5 * (high - low);
  }

  /** Gates of one step at the D of the moment, on a line. */
  gates() {
    return engine.stepGates(this.grid, this.zeta, this.diffusion(), this.settings.dt);
  }

  /** What the wave has along x alone. */
  marginal() {
    const p = this.wave.probabilities();
    if (!this.field) return Array.from(p);
    const { side } = this.field.grid;
    return Array.from({ length: side }, (_, i) =>
      p.subarray(i * side, (i + 1) * side).reduce((sum, value) => sum + value, 0));
  }
}

/**
 * The lowest points of a landscape: none where it is flat there, or lowest at the edge.
 * @param {Float64Array} x
 * @param {Float64Array} zeta
 */
function minimizersOf(x, zeta) {
  const low = Math.min(...zeta), range = Math.max(...zeta) - low;
  const size = zeta.length;
  const near = Array.from(zeta, (value) => value - low <= 1e-5 * range);
  if (range <= 0 || near.filter(Boolean).length > size / 16) return [];
  const points = [];
  for (let j = 1; j < size - 1; j++) {
    if (!near[j] || zeta[j] > zeta[j - 1] || zeta[j] >= zeta[j + 1]) continue;
    const bend = zeta[j - 1] - 2 * zeta[j] + zeta[j + 1];
    points.push(x[j] + ((zeta[j - 1] - zeta[j + 1]) / (2 * bend)) * (x[1] - x[0]));
  }
  return points.length <= 8 ? points : [];
}

/** @param {number[]} bytes */
const toBytes = (bytes) => bytes.map((b) => b.toString(16).padStart(2, "0")).join("");

/**
 * @param {string} text
 * @param {number} count
 */
function fromBytes(text, count) {
  if (text.length !== 2 * count || !/^[0-9a-f]*$/.test(text)) return null;
  return Array.from({ length: count }, (_, j) => parseInt(text.slice(2 * j, 2 * j + 2), 16));
}

/**
 * Settings as the hash of a link.
 * @param {Settings} s
 */
export function toHash(s) {
  const parts = new URLSearchParams({
    f: s.formula, b: `${s.lower},${s.upper}`, n: `${s.n}`, s: s.start,
    y: `${s.lowerY},${s.upperY},${s.centerY},${s.momentumY}`,
    p: `${s.center},${s.width},${s.momentum}`, m: s.mode, k: toBytes(s.knots), d: `${s.level}`,
    dt: `${s.dt}`, T: `${s.time}`, w: `${s.theta}`, o: `${s.shift}`,
  });
  if (s.drawn) parts.set("z", `${toBytes(s.drawn)},${s.low},${s.high}`);
  return `#${parts}`;
}

/**
 * Settings of a link; what is not understood is left as it is by default.
 * @param {string} hash
 * @returns {Settings}
 */
export function fromHash(hash) {
  const parts = new URLSearchParams(hash.slice(0, 4000).replace(/^#/, ""));
  const result = defaults();
  /** @param {string} key @param {number} count @returns {number[] | null} */
  const numbers = (key, count) => {
    const words = (parts.get(key) ?? "").split(",");
    const values = words.map(Number);
    const fine = words.length === count && words.every((word) => /^-?[\d.e+-]+$/.test(word));
    return fine && values.every((value) => Math.abs(value) <= 1000) ? values : null;
  };
  /**
   * @template {keyof Settings} K
   * @param {K} key
   * @param {Settings[K] | null | undefined} value
   * @param {boolean} valid
   */
  const take = (key, value, valid) => {
    if (valid && value !== null && value !== undefined) result[key] = value;
  };
  const box = numbers("b", 2);
  if (box && box[1] - box[0] >= 0.1) [result.lower, result.upper] = box;
  const y = numbers("y", 4);
  if (y && y[1] - y[0] >= 0.1) {
    [result.lowerY, result.upperY] = y;
    if (y[2] >= y[0] && y[2] < y[1] && Math.abs(y[3]) <= 200) {
      [, , result.centerY, result.momentumY] = y;
    }
  }
  const formula = parts.get("f");
  const dimensions = formula === null ? 0 : coordinatesOf(formula, result);
  take("formula", formula, dimensions > 0);
  if (formula !== null && !dimensions) [result.lower, result.upper] = [GAME.lower, GAME.upper];
  const n = numbers("n", 1)?.[0] ?? NaN;
  const [fewest, most] = QUBITS[dimensions === 2 ? "plane" : "line"];
  take("n", n, Number.isInteger(n) && n >= fewest && n <= most);
  const start = /** @type {Start} */ (parts.get("s"));
  take("start", start, STARTS.includes(start));
  const p = numbers("p", 3);
  if (p && p[0] >= result.lower && p[0] < result.upper && p[1] >= 0.02 && p[1] <= 10) {
    if (Math.abs(p[2]) <= 200) [result.center, result.width, result.momentum] = p;
  }
  const mode = parts.get("m");
  take("mode", /** @type {any} */ (mode), mode === "curve" || mode === "hand");
  const knots = fromBytes(parts.get("k") ?? "", NUM_KNOTS);
  take("knots", knots, Boolean(knots?.every((knot) => knot <= LEVELS)));
  const level = numbers("d", 1)?.[0] ?? NaN;
  take("level", level, Number.isInteger(level) && level >= 0 && level <= LEVELS);
  const dt = numbers("dt", 1)?.[0] ?? NaN;
  take("dt", dt, TIME_STEPS.includes(dt));
  const time = numbers("T", 1)?.[0] ?? NaN;
  take("time", time, TIMES.includes(time));
  const theta = numbers("w", 1)?.[0] ?? NaN;
  take("theta", theta, Number.isInteger(theta) && theta >= 0 && theta <= 90);
  const shift = numbers("o", 1)?.[0] ?? NaN;
  take("shift", shift, Math.abs(shift) <= result.upper - result.lower);
  const [bytes, ...ends] = (parts.get("z") ?? "").split(",");
  const drawn = fromBytes(bytes, DRAWN);
  const [low, high] = ends.map(Number);
  if (drawn && ends.length === 2 && high - low >= 0.01 && Math.abs(low) + Math.abs(high) < 1e4) {
    Object.assign(result, { drawn, low, high });
  }
  return result;
}

/**
 * How many coordinates a formula has that can be read in a box; 0 where it cannot.
 * @param {string} formula
 * @param {Settings} box
 */
function coordinatesOf(formula, { lower, upper, lowerY, upperY }) {
  try {
    const dimensions = dimensionsOf(formula);
    if (dimensions === 2) planeFormula(formula, [[lower, upper], [lowerY, upperY]]);
    else valuesOf(formula, engine.makeGrid(lower, upper, 9).x);
    return dimensions;
  } catch (error) {
    if (error instanceof FormulaError) return 0;
    throw error;
  }
}
