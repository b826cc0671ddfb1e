/**
 * Ten exercises: predict, run, reveal, why. The truth is what the engine measures; the formula is
 * the explanation. Parameters are drawn from a name until the right answer and all mistakes lie
 * apart, so that feedback cannot mistake one for the other.
 */

import { hash, plainName } from "./codeword.js";
import * as engine from "./engine.js";
import { EVEN, Lab, TIMES, diffusionOf, levelOf, rounded } from "./model.js";

/** @typedef {Record<string, number>} Parameters */
/** @typedef {Partial<import("./model.js").Settings>} Patch */
/**
 * @typedef {object} Exercise
 * @property {string} id
 * @property {(next: () => number) => Parameters} draw
 * @property {(p: Parameters, answer?: number) => Patch} settings what the stage shows
 * @property {(p: Parameters) => number} until time that the stage plays to
 * @property {(p: Parameters) => number} truth measured; of a choice, its index
 * @property {(p: Parameters, truth: number) => Record<string, number>} mistakes
 * @property {((p: Parameters) => number)} [formula] what explains the truth
 * @property {string[]} [choices] ids, where the answer is one of them
 * @property {number} tolerance relative
 */

/** @param {() => number} next @param {number} low @param {number} high @param {number} step */
const pick = (next, low, high, step) =>
  Number((low + step * Math.floor(next() * (Math.round((high - low) / step) + 1))).toFixed(4));

/**
 * A level of D, and the D that is shown.
 * @param {() => number} next
 * @param {number} low
 * @param {number} high
 */
function pickD(next, low, high) {
  const level = levelOf(low * (high / low) ** next());
  return { level, D: rounded(diffusionOf(level)) };
}

/** A run by hand at one D. @param {Parameters} p @param {Patch} patch @returns {Patch} */
const still = (p, patch) => ({
  mode: "hand", level: p.level, theta: 0, shift: 0, drawn: null, dt: 0.05, start: "packet",
  time: TIMES.find((time) => time >= (p.t ?? 6)) ?? 48, momentum: 0, ...patch,
});

/** A lab that has played for a time. @param {Patch} settings @param {number} time */
function played(settings, time) {
  const lab = new Lab(settings);
  const { dt, level } = lab.settings;
  for (let j = 0; j < Math.round(time / dt); j++) lab.wave.step(diffusionOf(level), dt);
  return lab;
}

/**
 * When the mean position turns back for the first time.
 * @param {Patch} settings
 * @param {number} longest
 */
function turningTime(settings, longest) {
  const lab = new Lab(settings);
  const { dt, level } = lab.settings;
  const D = diffusionOf(level);
  let [before, last] = [NaN, lab.wave.position().mean];
  const start = last;
  while (lab.wave.time < longest) {
    lab.wave.step(D, dt);
    const { mean } = lab.wave.position();
    const away = Math.abs(last - start);
    if (Math.abs(mean - start) < away && Math.abs(before - start) <= away) {
      const bend = before - 2 * last + mean;
      return lab.wave.time - dt + (0.5 * dt * (before - mean)) / bend;
    }
    [before, last] = [last, mean];
  }
  return NaN;
}

const FREE = { formula: "0*x", lower: -10, upper: 10, n: 8 };
const BOWL = { formula: "x**2", lower: -6, upper: 6, n: 7 };
const DOUBLE = { formula: "(x**2 - 1)**2", lower: -2.5, upper: 2.5, n: 6 };

/** @type {Exercise} */
const width = {
  id: "width",
  tolerance: 0.03,
  draw: (next) => ({
    ...pickD(next, 0.1, 0.8), s0: pick(next, 0.4, 1, 0.05), t: pick(next, 1, 5, 0.5),
  }),
  settings: (p) => still(p, { ...FREE, center: 0, width: p.s0 }),
  until: (p) => p.t,
  truth: (p) => played(width.settings(p), p.t).wave.position().width,
  formula: (p) => Math.hypot(p.s0, (p.D * p.t) / p.s0),
  mistakes: (p) => ({
    heat: Math.sqrt(p.s0 ** 2 + 2 * p.D * p.t),
    imaginary: Math.sqrt(p.s0 ** 2 + p.D * p.t),
    added: p.s0 + (p.D * p.t) / p.s0,
    unchanged: p.s0,
    twice: Math.hypot(p.s0, (2 * p.D * p.t) / p.s0),
    half: Math.hypot(p.s0, (0.5 * p.t) / p.s0),
  }),
};

/** @type {Exercise} */
const tunnel = {
  id: "tunnel",
  tolerance: 0.04,
  draw: (next) => pickD(next, 0.12, 0.4),
  settings: (p) => still({ ...p, t: 24 }, { ...DOUBLE, start: "pair" }),
  until: (p) => Math.PI / gapOf(p),
  truth: (p) => turningTime(tunnel.settings(p), 80),
  formula: (p) => Math.PI / gapOf(p),
  mistakes: (p) => ({
    period: (2 * Math.PI) / gapOf(p),
    inverse: 1 / gapOf(p),
    ground: Math.PI / levelsOf(p).energies[0],
    quarter: Math.PI / (2 * gapOf(p)),
  }),
};

/** @type {Map<number, ReturnType<typeof engine.exactLevels>>} */
const doubleLevels = new Map();

/** The two lowest levels of the double well, made once for a D. @param {Parameters} p */
export function levelsOf(p) {
  let known = doubleLevels.get(p.level);
  if (!known) {
    const { grid, zeta } = new Lab(DOUBLE);
    known = engine.exactLevels(grid, zeta, diffusionOf(p.level), 2);
    doubleLevels.set(p.level, known);
  }
  return known;
}

/** @param {Parameters} p */
export function gapOf(p) {
  const [ground, first] = levelsOf(p).energies;
  return first - ground;
}

/**
 * Three curves from 8 to 0.1: slow at large D, in equal ratios, slow where the gap is small.
 * @param {Parameters} p
 */
export function threeCurves(p) {
  const low = 62, hold = p.hold;
  const curves = [
    [231, 228, 224, 220, 214, 206, 190, 140, low],
    EVEN.slice(),
    [231, hold, hold, hold - 1, hold - 2, hold - 4, hold - 8, hold - 14, low],
  ];
  return [0, 1, 2].map((j) => curves[(j + p.turn) % 3]);
}

/** @type {Exercise} */
const slow = {
  id: "slow",
  tolerance: 0,
  choices: ["A", "B", "C"],
  draw: (next) => ({ turn: pick(next, 0, 2, 1), hold: pick(next, 96, 108, 1) }),
  settings: (p, answer = 0) => ({
    formula: "(x**2 - 1)**2 + 0.2*x", lower: -2.5, upper: 2.5, n: 6, start: "everywhere",
    mode: "curve", theta: 0, shift: 0, drawn: null, dt: 0.05, time: 6,
    knots: threeCurves(p)[answer] ?? threeCurves(p)[0],
  }),
  until: () => 6,
  truth: (p) => {
    const scores = successOfThree(p);
    return scores.indexOf(Math.max(...scores));
  },
  mistakes: (p) => ({ careful: (3 - p.turn) % 3, even: (4 - p.turn) % 3 }),
};

/** @type {Map<string, number>} success of a curve, by its knots */
const successes = new Map();

/** What the three curves reach. @param {Parameters} p */
export function successOfThree(p) {
  return threeCurves(p).map((knots) => {
    const key = knots.join();
    if (!successes.has(key)) {
      const lab = new Lab({ ...slow.settings(p), knots });
      const values = engine.curve(knots.map(diffusionOf), lab.steps);
      const { success } = engine.annealScore(lab.grid, lab.zeta, lab.mask, values, lab.settings.dt);
      successes.set(key, success);
    }
    return /** @type {number} */ (successes.get(key));
  });
}

/** @type {Exercise} */
const period = {
  id: "period",
  tolerance: 0.03,
  draw: (next) => ({
    ...pickD(next, 0.15, 0.7), x0: pick(next, 1, 2.5, 0.25), w: pick(next, 0.4, 0.8, 0.1),
  }),
  settings: (p) => still({ ...p, t: 10 }, { ...BOWL, center: p.x0, width: p.w, dt: 0.03 }),
  until: (p) => Math.PI / Math.sqrt(p.D),
  truth: (p) => 2 * turningTime(period.settings(p), 20),
  formula: (p) => Math.PI / Math.sqrt(p.D),
  mistakes: (p) => ({
    noD: Math.PI,
    whole: (2 * Math.PI) / Math.sqrt(p.D),
    noRoot: Math.PI / p.D,
    half: Math.PI / (2 * Math.sqrt(p.D)),
    amplitude: (p.x0 * Math.PI) / Math.sqrt(p.D),
  }),
};

/** @type {Exercise} */
const fall = {
  id: "fall",
  tolerance: 0.03,
  draw: (next) => ({
    ...pickD(next, 0.2, 0.9), f: pick(next, 0.3, 0.9, 0.05), w: pick(next, 0.5, 0.9, 0.1),
  }),
  settings: (p) => still({ ...p, t: 1.5 }, {
    formula: `${p.f}*x`, lower: -10, upper: 10, n: 7, center: 2, width: p.w,
  }),
  until: () => 1.5,
  truth: (p) => (2 * (played(fall.settings(p), 1.5).wave.position().mean - 2)) / 1.5 ** 2,
  formula: (p) => -2 * p.D * p.f,
  mistakes: (p) => ({
    newton: -p.f, once: -p.D * p.f, uphill: 2 * p.D * p.f, inverse: -p.f / (2 * p.D),
    wide: -2 * p.D * p.f * p.w,
  }),
};

/** @type {Exercise} */
const zero = {
  id: "zero",
  tolerance: 0.03,
  draw: (next) => pickD(next, 0.1, 3),
  settings: (p) => still({ ...p, t: 6 }, { ...BOWL, start: "ground" }),
  until: () => 3,
  truth: (p) => {
    const { grid, zeta } = new Lab({ ...BOWL, n: 6 });
    return engine.levels(grid, zeta, diffusionOf(p.level), 1).energies[0];
  },
  formula: (p) => Math.sqrt(p.D),
  mistakes: (p) => ({
    bottom: 0, noRoot: p.D, half: Math.sqrt(p.D) / 2, spacing: 2 * Math.sqrt(p.D),
  }),
};

/** @type {Exercise} */
const wheel = {
  id: "wheel",
  tolerance: 0.05,
  draw: (next) => ({
    ...pickD(next, 0.15, 0.5), n: pick(next, 4, 5, 1), k: pick(next, 6, 16, 0.5),
  }),
  settings: (p) => still({ ...p, t: 1.5 }, {
    formula: "0*x", lower: -5, upper: 5, n: p.n, center: 0, width: 0.9, momentum: p.k, dt: 0.03,
  }),
  until: () => 1.5,
  truth: (p) => {
    const lab = new Lab(wheel.settings(p));
    return 2 * diffusionOf(p.level) * lab.wave.momentum().mean;
  },
  formula: (p) => 2 * p.D * aliasOf(p),
  mistakes: (p) => ({
    grid: 2 * p.D * p.k, zero: 0, fastest: 2 * p.D * mostOf(p), once: p.D * aliasOf(p),
    mirrored: -2 * p.D * aliasOf(p),
  }),
};

/** The largest wave number of the grid of the wheel. @param {Parameters} p */
export const mostOf = (p) => (2 * Math.PI * 2 ** p.n) / 20;
/** What a wave number looks like on that grid. @param {Parameters} p */
const aliasOf = (p) => p.k - 2 * mostOf(p) * Math.round(p.k / (2 * mostOf(p)));

export const STEP_CHOICES = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5];

/** @type {Exercise} */
const stepSize = {
  id: "step",
  tolerance: 0,
  choices: STEP_CHOICES.map(String),
  draw: (next) => pickD(next, 0.2, 1.2),
  settings: (p) => still({ ...p, t: 12 }, { ...DOUBLE, start: "ground", dt: 0.3 }),
  until: () => 12,
  truth: (p) => {
    const first = STEP_CHOICES.findIndex((dt) => lostBy(p, dt) > 0.001);
    return (first < 0 ? STEP_CHOICES.length : first) - 1;
  },
  mistakes: (_, truth) => ({ bold: truth + 1, shy: truth - 1 }),
};

/**
 * What of the ground state is lost in t = 12 with a step.
 * @param {Parameters} p
 * @param {number} dt
 */
export function lostBy(p, dt) {
  const lab = new Lab(DOUBLE);
  const [state] = levelsOf(p).states;
  lab.wave.set(state, new Float64Array(state.length));
  for (let j = 0; j < Math.round(12 / dt); j++) lab.wave.step(diffusionOf(p.level), dt);
  return 1 - lab.wave.share(state);
}

/** @type {Exercise} */
const edge = {
  id: "edge",
  tolerance: 0,
  choices: ["reflected", "lost", "other", "stuck"],
  draw: (next) => ({ ...pickD(next, 0.3, 0.6), k: pick(next, 6, 9, 0.5) }),
  settings: (p) => still({ ...p, t: 3 }, {
    formula: "0*x", lower: -5, upper: 5, n: 7, center: 1, width: 0.6, momentum: p.k, dt: 0.02,
  }),
  until: (p) => Number((6.5 / (2 * p.D * p.k)).toFixed(2)),
  truth: (p) => {
    const { wave, grid } = played(edge.settings(p), edge.until(p));
    const left = engine.inside(wave.probabilities(), Array.from(grid.x, (x) => x < 0));
    const moving = wave.momentum().mean > 0;
    return left > 0.9 && moving ? 2 : left > 0.5 ? 1 : 0;
  },
  mistakes: () => ({ reflected: 0, lost: 1, stuck: 3 }),
};

/** @type {Exercise} */
const shots = {
  id: "shots",
  tolerance: 0.12,
  draw: (next) => ({
    ...pickD(next, 0.1, 0.1), chance: 0.2, p: pick(next, 0.24, 0.6, 0.01),
  }),
  settings: (p) => still(p, {
    formula: "(x**2 - 1)**2 + 0.2*x", lower: -2.5, upper: 2.5, n: 6, start: "ground",
  }),
  until: () => 0,
  truth: (p) => {
    let count = 1;
    while (engine.wilson(p.p * count, count).low <= p.chance) count++;
    return count;
  },
  formula: (p) => {
    const z2 = 1.959964 ** 2;
    return 1 + Math.floor((z2 * p.chance * (1 - p.chance)) / (p.p - p.chance) ** 2);
  },
  mistakes: (p) => ({
    inverse: 1 / (p.p - p.chance), points: 64,
    linear: (1.959964 ** 2 * p.chance * (1 - p.chance)) / (p.p - p.chance),
    one: 1, thousand: 1000,
  }),
};

/** In the order of the page. */
export const EXERCISES = [
  width, tunnel, slow, period, fall, zero, wheel, stepSize, edge, shots,
];

/** @param {string} id @returns {Exercise} */
export function exerciseOf(id) {
  const exercise = EXERCISES.find((one) => one.id === id);
  if (!exercise) throw new Error(`no exercise ${id}`);
  return exercise;
}

/**
 * Half the width of what counts as an answer.
 * @param {Exercise} exercise @param {number} value @param {number} truth
 */
function reach(exercise, value, truth) {
  if (exercise.choices) return 0.25;
  return exercise.tolerance * Math.max(Math.abs(value), 0.5 * Math.abs(truth)) + 1e-9;
}

/**
 * Whether right answer and mistakes are so far apart that no answer is near two of them.
 * @param {Exercise} exercise @param {number} truth @param {Record<string, number>} mistakes
 */
export function areApart(exercise, truth, mistakes) {
  const values = [truth, ...Object.values(mistakes)];
  return values.every((a, j) => values.slice(j + 1).every((b) =>
    Math.abs(a - b) > reach(exercise, a, truth) + reach(exercise, b, truth)));
}

/** Trials of parameters before a task is taken for one that cannot be drawn. */
const TRIALS = 300;

/**
 * Parameters of a student: the same for the same name and attempt.
 * @param {Exercise} exercise
 * @param {string} name
 * @param {number} attempt
 * @returns {{p: Parameters, truth: number, mistakes: Record<string, number>}}
 */
export function parameters(exercise, name, attempt) {
  const next = engine.random(hash(`${plainName(name)}\n${exercise.id}\n${attempt}`));
  for (let trial = 0; trial < TRIALS; trial++) {
    const p = exercise.draw(next);
    const guess = exercise.formula?.(p);
    if (guess !== undefined && !areApart(exercise, guess, exercise.mistakes(p, guess))) continue;
    const truth = exercise.truth(p);
    if (!Number.isFinite(truth) || !isFair(exercise, p, truth)) continue;
    const mistakes = exercise.mistakes(p, truth);
    if (exercise.choices || areApart(exercise, truth, mistakes)) return { p, truth, mistakes };
  }
  throw new Error(`no parameters for ${exercise.id}`);
}

/**
 * Whether what is asked is to be seen on the stage.
 * @param {Exercise} exercise @param {Parameters} p @param {number} truth
 */
function isFair(exercise, p, truth) {
  switch (exercise.id) {
    case "width":
      return truth < 2.2;
    case "slow": {
      const scores = successOfThree(p).sort((a, b) => b - a);
      return scores[0] - scores[1] > 0.08;
    }
    case "wheel":
      return p.k > mostOf(p) + 2 && Math.abs(aliasOf(p)) < mostOf(p) - 2;
    case "step":
      return truth >= 1 && truth < STEP_CHOICES.length - 1;
    case "edge":
      return truth === 2;
    default:
      return true;
  }
}

/**
 * What an answer is: "right", the id of a mistake, or "other".
 * @param {Exercise} exercise
 * @param {{truth: number, mistakes: Record<string, number>}} task
 * @param {number} answer
 */
export function judge(exercise, task, answer) {
  const { truth, mistakes } = task;
  if (!Number.isFinite(answer)) return "other";
  const near = (/** @type {number} */ value) =>
    Math.abs(answer - value) <= reach(exercise, value, truth);
  if (near(truth)) return "right";
  if (exercise.id === "step") return answer > truth ? "bold" : "shy";
  return Object.keys(mistakes).find((id) => near(mistakes[id])) ?? "other";
}

/** Three reasons are offered for each; the first is the right one. Where it stands among them: */
/** @param {string} name @param {string} id @returns {number[]} */
export function reasonOrder(name, id) {
  const start = hash(`${plainName(name)}\n${id}\nreasons`) % 6;
  return [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]][start];
}
