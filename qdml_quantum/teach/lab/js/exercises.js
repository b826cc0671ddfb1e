/**
 * Ten exercises: predict, run, reveal, why. Texts, numbers, formulas and mistakes are those of
 * Python (`definitions.js` is written from them); here stands what the stage shows, and how the
 * engine measures the truth. The formula is the explanation.
 */

import { hash, plainName } from "./codeword.js";
import { DEFINITIONS } from "./definitions.js";
import * as engine from "./engine.js";
import { evaluate } from "./formula.js";
import { EVEN, Lab, TIMES, diffusionOf, levelOf, rounded } from "./model.js";

/** @typedef {Record<string, number>} Parameters */
/** @typedef {Partial<import("./model.js").Settings>} Patch */
/** @typedef {{from?: number, to?: number, step?: number, level?: number[]}} Rule */
/**
 * @typedef {object} Definition what Python's `Exercise` holds
 * @property {string} name
 * @property {Record<string, Rule>} draw
 * @property {string} answer
 * @property {Record<string, string>} mistakes
 * @property {Record<string, Record<string, string>>} words
 * @property {Record<string, string>} [let]
 * @property {string} [measured]
 * @property {string[]} [fair]
 * @property {number} tolerance relative
 * @property {string[]} [choices] ids, where the answer is one of them
 * @property {string[]} [sides]
 */
/**
 * @typedef {object} Stage
 * @property {(p: Parameters, answer?: number) => Patch} settings what the stage shows
 * @property {(p: Parameters) => number} until time that the stage plays to
 * @property {(p: Parameters) => number} [truth] measured, where the answer is a formula
 * @property {(p: Parameters) => Parameters} [measures] what the formulas need
 */
/** @typedef {Definition & Stage} Exercise */

/**
 * One number for every rule; of a level, and the D that is shown.
 * @param {Record<string, Rule>} rules
 * @param {() => number} next
 * @returns {Parameters}
 */
function draw(rules, next) {
  /** @type {Parameters} */
  const drawn = {};
  for (const [name, { from = 0, to = 0, step = 1, level }] of Object.entries(rules)) {
    if (level) {
      drawn.level = levelOf(level[0] * (level[1] / level[0]) ** next());
      drawn[name] = rounded(diffusionOf(drawn.level));
    } else {
      const steps = Math.floor(next() * (Math.floor((to - from) / step + 0.5) + 1));
      drawn[name] = Number((from + step * steps).toFixed(4));
    }
  }
  return drawn;
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

/** @type {Map<number, ReturnType<typeof engine.exactLevels>>} */
const doubleLevels = new Map();

/** The two lowest levels of the double well, made once for a D. @param {Parameters} p */
function levelsOf(p) {
  let known = doubleLevels.get(p.level);
  if (!known) {
    const { grid, zeta } = new Lab(DOUBLE);
    known = engine.exactLevels(grid, zeta, diffusionOf(p.level), 2);
    doubleLevels.set(p.level, known);
  }
  return known;
}

/**
 * Three curves from 8 to 0.1: slow at large D, in equal ratios, slow where the gap is small.
 * @param {Parameters} p
 */
function threeCurves(p) {
  const low = 62, hold = p.hold;
  const curves = [
    [231, 228, 224, 220, 214, 206, 190, 140, low],
    EVEN.slice(),
    [231, hold, hold, hold - 1, hold - 2, hold - 4, hold - 8, hold - 14, low],
  ];
  return [0, 1, 2].map((j) => curves[(j + p.turn) % 3]);
}

/** Success of the three curves, and of each by its knots. */
/** @type {Map<string, number>} */
const successes = new Map();

/** What the three curves reach. @param {Parameters} p */
function successOfThree(p) {
  return threeCurves(p).map((knots) => {
    const key = knots.join();
    if (!successes.has(key)) {
      const lab = new Lab({ ...STAGES.slow.settings(p), knots });
      const values = engine.curve(knots.map(diffusionOf), lab.steps);
      const { success } = engine.annealScore(lab.grid, lab.zeta, lab.mask, values, lab.settings.dt);
      successes.set(key, success);
    }
    return /** @type {number} */ (successes.get(key));
  });
}

const STEP_CHOICES = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5];

/**
 * What of the ground state is lost in t = 12 with a step.
 * @param {Parameters} p
 * @param {number} dt
 */
function lostBy(p, dt) {
  const lab = new Lab(DOUBLE);
  const [state] = levelsOf(p).states;
  lab.wave.set(state, new Float64Array(state.length));
  for (let j = 0; j < Math.round(12 / dt); j++) lab.wave.step(diffusionOf(p.level), dt);
  return 1 - lab.wave.share(state);
}

/** @type {Record<string, Stage>} */
const STAGES = {
  width: {
    settings: (p) => still(p, { ...FREE, center: 0, width: p.s0 }),
    until: (p) => p.t,
    truth: (p) => played(STAGES.width.settings(p), p.t).wave.position().width,
  },
  tunnel: {
    settings: (p) => still({ ...p, t: 24 }, { ...DOUBLE, start: "pair" }),
    until: (p) => p.answer,
    truth: (p) => turningTime(STAGES.tunnel.settings(p), 80),
    measures: (p) => {
      const [E0, E1] = levelsOf(p).energies;
      return { E0, E1 };
    },
  },
  slow: {
    settings: (p, answer = 0) => ({
      formula: "(x**2 - 1)**2 + 0.2*x", lower: -2.5, upper: 2.5, n: 6, start: "everywhere",
      mode: "curve", theta: 0, shift: 0, drawn: null, dt: 0.05, time: 6,
      knots: threeCurves(p)[answer] ?? threeCurves(p)[0],
    }),
    until: () => 6,
    measures: (p) => {
      const [sA, sB, sC] = successOfThree(p);
      return { sA, sB, sC };
    },
  },
  period: {
    settings: (p) => still({ ...p, t: 10 }, { ...BOWL, center: p.x0, width: p.w, dt: 0.03 }),
    until: (p) => p.answer,
    truth: (p) => 2 * turningTime(STAGES.period.settings(p), 20),
  },
  fall: {
    settings: (p) => still({ ...p, t: 1.5 }, {
      formula: `${p.f}*x`, lower: -10, upper: 10, n: 7, center: 2, width: p.w,
    }),
    until: () => 1.5,
    truth: (p) => (2 * (played(STAGES.fall.settings(p), 1.5).wave.position().mean - 2)) / 1.5 ** 2,
  },
  zero: {
    settings: (p) => still({ ...p, t: 6 }, { ...BOWL, start: "ground" }),
    until: () => 3,
    truth: (p) => {
      const { grid, zeta } = new Lab({ ...BOWL, n: 6 });
      return engine.levels(grid, zeta, diffusionOf(p.level), 1).energies[0];
    },
  },
  wheel: {
    settings: (p) => still({ ...p, t: 1.5 }, {
      formula: "0*x", lower: -5, upper: 5, n: p.n, center: 0, width: 0.9, momentum: p.k, dt: 0.03,
    }),
    until: () => 1.5,
    truth: (p) =>
      2 * diffusionOf(p.level) * new Lab(STAGES.wheel.settings(p)).wave.momentum().mean,
  },
  step: {
    settings: (p) => still({ ...p, t: 12 }, { ...DOUBLE, start: "ground", dt: 0.3 }),
    until: () => 12,
    measures: (p) => Object.fromEntries(STEP_CHOICES.map((dt, j) => [`lost${j}`, lostBy(p, dt)])),
  },
  edge: {
    settings: (p) => still({ ...p, t: 3 }, {
      formula: "0*x", lower: -5, upper: 5, n: 7, center: 1, width: 0.6, momentum: p.k, dt: 0.02,
    }),
    until: (p) => Number((6.5 / (2 * p.D * p.k)).toFixed(2)),
    measures: (p) => {
      const { wave, grid } = played(STAGES.edge.settings(p), STAGES.edge.until(p));
      const left = engine.inside(wave.probabilities(), Array.from(grid.x, (x) => x < 0));
      return { left, moving: wave.momentum().mean };
    },
  },
  shots: {
    settings: (p) => still(p, {
      formula: "(x**2 - 1)**2 + 0.2*x", lower: -2.5, upper: 2.5, n: 6, start: "ground",
    }),
    until: () => 0,
    truth: (p) => {
      let count = 1;
      while (engine.wilson(p.p * count, count).low <= p.chance) count++;
      return count;
    },
  },
};

/** In the order of the page. @type {Exercise[]} */
export const EXERCISES = DEFINITIONS.map((one) => ({ ...one, ...STAGES[one.name] }));

/** @param {string} name @returns {Exercise} */
export function exerciseOf(name) {
  const exercise = EXERCISES.find((one) => one.name === name);
  if (!exercise) throw new Error(`no exercise ${name}`);
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
function areApart(exercise, truth, mistakes) {
  const values = [truth, ...Object.values(mistakes)];
  return values.every(Number.isFinite) && values.every((a, j) => values.slice(j + 1).every((b) =>
    Math.abs(a - b) > reach(exercise, a, truth) + reach(exercise, b, truth)));
}

/** Trials of parameters before a task is taken for one that cannot be drawn: as in Python. */
const TRIALS = 300;

/** @param {Record<string, string>} formulas @param {Parameters} p @returns {Parameters} */
const byFormula = (formulas, p) => Object.fromEntries(
  Object.entries(formulas).map(([key, text]) => [key, evaluate(text, p)]),
);

/**
 * Parameters of a student: the same for the same name and attempt, and the same as in Python.
 *
 * They are drawn until answer and mistakes lie apart by their formulas; then the truth is measured.
 * @param {Exercise} exercise
 * @param {string} name
 * @param {number} attempt
 * @returns {{p: Parameters, truth: number, mistakes: Record<string, number>}}
 */
export function parameters(exercise, name, attempt) {
  const next = engine.random(hash(`${plainName(name)}\n${exercise.name}\n${attempt}`));
  for (let trial = 0; trial < TRIALS; trial++) {
    const p = draw(exercise.draw, next);
    Object.assign(p, exercise.measures?.(p));
    for (const [key, text] of Object.entries(exercise.let ?? {})) p[key] = evaluate(text, p);
    p.answer = evaluate(exercise.answer, p);
    if (!(exercise.fair ?? []).every((text) => evaluate(`where(${text}, 1, 0)`, p))) continue;
    const mistakes = byFormula(exercise.mistakes, p);
    if (!exercise.choices && !areApart(exercise, p.answer, mistakes)) continue;
    return { p, truth: exercise.truth?.(p) ?? p.answer, mistakes };
  }
  throw new Error(`no parameters for ${exercise.name}`);
}

/**
 * What an answer is: "right", the name of a mistake, or "other".
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
  if (exercise.sides) return exercise.sides[answer > truth ? 1 : 0];
  return Object.keys(mistakes).find((id) => near(mistakes[id])) ?? "other";
}

/**
 * A text with its holes filled: `{D}` a number, `{gap:.4f}` with its digits, `{shape[a]}` a text.
 * @param {Record<string, string>} texts of the exercise
 * @param {string} key
 * @param {Parameters} p
 * @param {(value: number) => string} short how a number is shown
 */
export function filledText(texts, key, p, short) {
  const holes = /\{(\w+)(?:\[(\w+)\])?(?::\.(\d)([fe]))?\}/g;
  return (texts[key] ?? "").replace(holes, (_, word, index, digits, kind) => {
    if (index) return texts[`${word}${p[index]}`];
    if (!digits) return short(p[word]);
    return kind === "f" ? p[word].toFixed(digits) : p[word].toExponential(digits);
  });
}

/** Three reasons are offered for each; the first is the right one. Where it stands among them: */
/** @param {string} name @param {string} id @returns {number[]} */
export function reasonOrder(name, id) {
  const start = hash(`${plainName(name)}\n${id}\nreasons`) % 6;
  return [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]][start];
}
