/** Settings, links and what the lab says of its state. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { levels, random } from "../../../qdml_quantum/teach/lab/js/engine.js";
import { circuitLayout } from "../../../qdml_quantum/teach/lab/js/view-circuit.js";
import * as model from "../../../qdml_quantum/teach/lab/js/model.js";
import { STRINGS, TASK_WORDS } from "../../../qdml_quantum/teach/lab/js/strings.js";
import { EXERCISES } from "../../../qdml_quantum/teach/lab/js/exercises.js";
import { REPORT_WORDS } from "../../../qdml_quantum/teach/lab/js/report-words.js";
import { RUN_WORDS } from "../../../qdml_quantum/teach/lab/js/run-words.js";

const { Lab, fromHash, toHash } = model;

test("a link is the state, bit by bit", () => {
  const next = random(2);
  const whole = (low, high) => low + Math.floor(next() * (high - low + 1));
  for (let round = 0; round < 300; round++) {
    const preset = model.PRESETS[whole(0, 7)];
    const settings = {
      formula: preset.formula, lower: preset.lower, upper: preset.upper, n: whole(3, 9),
      lowerY: -1, upperY: model.rounded(1 + next()), centerY: 0.25,
      momentumY: model.rounded(next()),
      start: model.STARTS[whole(0, 3)],
      center: model.rounded(preset.lower + 0.99 * next() * (preset.upper - preset.lower)),
      width: model.rounded(0.05 + 3 * next()), momentum: model.rounded(40 * (next() - 0.5)),
      mode: next() < 0.5 ? "curve" : "hand", knots: Array.from({ length: 9 }, () => whole(0, 240)),
      level: whole(0, 240), dt: model.TIME_STEPS[whole(0, 10)], time: model.TIMES[whole(0, 5)],
      theta: whole(0, 90), shift: model.rounded(next() - 0.5),
      drawn: next() < 0.5 ? null : Array.from({ length: 64 }, () => whole(0, 255)),
      low: -1, high: 4,
    };
    if (settings.drawn) Object.assign(settings, { low: -0.35, high: 6.25 });
    assert.deepEqual(fromHash(toHash(settings)), settings);
  }
  assert.deepEqual(fromHash(""), model.defaults());
});

test("hostile links give a state that works", () => {
  const next = random(9);
  const good = toHash(model.defaults()).slice(1);
  const words = ["NaN", "Infinity", "-1", "1e400", "<img src=x onerror=alert(1)>", "%00",
    "__proto__", "constructor",
    "9", "12", "2.5", "0", "", ",", "ff".repeat(64), "x**2", "1/x", "0x10", "[object Object]",
    "1,2,3", "-5,5", "5,-5", "packet", "💥", "'", "x".repeat(5000)];
  for (let round = 0; round < 400; round++) {
    const parts = new URLSearchParams(good);
    for (let j = 0; j < 4; j++) {
      const keys = ["f", "b", "n", "s", "p", "m", "k", "d", "dt", "T", "w", "o", "z", "__proto__"];
      parts.set(keys[Math.floor(next() * keys.length)], words[Math.floor(next() * words.length)]);
    }
    const settings = fromHash(`#${parts}`);
    assert.deepEqual(fromHash(toHash(settings)), settings, String(parts));
    const { n, knots, level, dt, time, theta } = settings;
    assert.ok([3, 4, 5, 6, 7, 8, 9].includes(n) && knots.length === 9, String(parts));
    assert.ok([...knots, level].every((one) => one >= 0 && one <= 240 && one % 1 === 0));
    assert.ok(model.TIME_STEPS.includes(dt) && model.TIMES.includes(time));
    assert.ok(theta >= 0 && theta <= 90 && settings.lower < settings.upper);
    if (round % 20) continue;
    const lab = new Lab(settings);
    assert.equal(lab.error, "", String(parts));
    lab.advance(2);
    const p = lab.wave.probabilities().reduce((sum, value) => sum + value, 0);
    assert.ok(Math.abs(p - 1) < 1e-9, `${parts}: ${p}`);
  }
});

test("a refused formula leaves everything as it was", () => {
  const lab = new Lab();
  const before = lab.settings;
  assert.equal(lab.apply({ formula: "1/x" }), false);
  assert.match(lab.error, /not finite at x = 0/);
  assert.equal(lab.settings, before);
  assert.equal(lab.apply({ formula: "x**2" }), true);
  assert.equal(lab.error, "");
});

test("shots belong to one state", () => {
  const lab = new Lab();
  lab.measure(100);
  lab.measure(10);
  assert.equal(lab.shots, 110);
  assert.equal(lab.counts.reduce((sum, count) => sum + count, 0), 110);
  lab.advance(1);
  assert.deepEqual([lab.shots, lab.counts], [0, []]);
  lab.measure(5);
  lab.apply({ n: 5 });
  assert.equal(lab.shots, 0);
});

test("goals are where a minimum is, and nowhere else", () => {
  const goals = Object.fromEntries(model.PRESETS.map((preset) => {
    const { formula, lower, upper } = preset;
    const { minimizers, chance } = new Lab({ formula, lower, upper });
    return [preset.id, [minimizers.map((x) => Number(x.toFixed(3)) + 0), chance]];
  }));
  assert.deepEqual(goals.tilted, [[-1.024], 13 / 64]);
  assert.deepEqual(goals.double[0], [-1, 1]);
  assert.deepEqual(goals.bowl[0], [0]);
  for (const id of ["barrier", "slope", "free"]) assert.deepEqual(goals[id], [[], 0], id);
});

test("the wave goes on when the landscape moves under it", () => {
  const lab = new Lab({ mode: "hand", start: "ground" });
  lab.advance(3);
  const before = lab.wave.re.slice();
  lab.apply({ shift: 0.2 });
  assert.deepEqual(lab.wave.re, before);
  assert.ok(Math.abs(lab.minimizers[0] + 0.824) < 1e-3, `${lab.minimizers}`);
  lab.advance(1);
  assert.notDeepEqual(lab.wave.re, before);
});

test("warnings say what is wrong, and nothing where all is well", () => {
  const well = new Lab();
  well.advance(200);
  assert.deepEqual(well.warnings(), []);
  const packet = { formula: "0*x", lower: -5, upper: 5, n: 4, start: "packet", center: 0,
    width: 0.9, momentum: 8, mode: "hand" };
  assert.deepEqual(new Lab(packet).warnings().slice(0, 1), ["aliased"]);
  assert.deepEqual(new Lab({ ...packet, n: 6 }).warnings(), []);
  const hasty = new Lab({ dt: 0.5 });
  hasty.advance(5);
  assert.ok(hasty.warnings().includes("step"));
  const heat = new Lab({ theta: 45 });
  assert.deepEqual(heat.warnings(), ["heat"]);
});

test("a landscape that is too steep for the step is said, and none of the page is", () => {
  const raw = "(x**2 + y - 11)**2 + (x + y**2 - 7)**2";
  const plane = { formula: raw, lower: -5, upper: 5, lowerY: -5, upperY: 5, n: 5 };
  // At D = 8 and dt = 0.03 the overlap with the true wave is 0.02 after t = 1.2.
  assert.ok(new Lab(plane).warnings().includes("step"));
  assert.ok(!new Lab({ ...plane, dt: 0.003 }).warnings().includes("step"));
  for (const { formula, lower, upper } of [...model.PRESETS, ...model.PLANES]) {
    const lab = new Lab({ formula, lower, upper, lowerY: lower, upperY: upper, n: 5 });
    assert.ok(!lab.warnings().includes("step"), formula);
  }
});

test("the game: what the texts say of its curves", () => {
  const lab = new Lab(model.GAME);
  assert.ok(lab.isGame());
  const near = (actual, expected) => assert.ok(Math.abs(actual - expected) < 5e-4, `${actual}`);
  const even = lab.score(model.EVEN), toolkit = lab.score(model.TOOLKIT);
  const focus = lab.score(model.FOCUS);
  near(even.success, 0.4324);
  near(toolkit.success, 0.8421);
  near(toolkit.ground, 0.8709);
  near(focus.success, 0.8612);
  near(focus.ground, 0.623);
  assert.ok(focus.success > focus.noHurry, "no hurry is no upper bound");
  assert.ok(model.TOOLKIT.every((knot, j) => !j || knot <= model.TOOLKIT[j - 1]), "never rising");
  assert.ok(model.FOCUS.some((knot, j) => j && knot > model.FOCUS[j - 1]), "rising");
});

test("levels that are shown are within half a percent of their range", () => {
  for (const preset of model.PRESETS) {
    for (const level of [0, 60, 120, 180, 240]) {
      const lab = new Lab({ ...preset, n: 7, mode: "hand", level });
      const { energies } = lab.spectrum();
      const exact = levels(lab.grid, lab.zeta, lab.diffusion(), 8, 128).energies;
      const range = Math.max(0.05, exact[7] - exact[0]);
      energies.forEach((energy, j) =>
        assert.ok(Math.abs(energy - exact[j]) < 0.005 * range, `${preset.id} ${level} ${j}`));
    }
  }
});

test("levels of D hold what links hold", () => {
  for (let level = 0; level <= 240; level++) {
    assert.equal(model.levelOf(model.diffusionOf(level)), level);
  }
});

test("every language has every word, with the same numbers in it", () => {
  const holes = (text) => [...text.matchAll(/\{([^}]+)\}/g)].map((match) => match[1]).sort();
  for (const table of [STRINGS, TASK_WORDS, RUN_WORDS, REPORT_WORDS]) {
    for (const language of Object.keys(table)) {
      assert.deepEqual(Object.keys(table[language]).sort(), Object.keys(table.en).sort(), language);
      for (const key of Object.keys(table.en)) {
        assert.deepEqual(holes(table[language][key]), holes(table.en[key]), `${language} ${key}`);
      }
    }
  }
  for (const { name, mistakes, words, choices } of EXERCISES) {
    assert.deepEqual(Object.keys(words), ["en", "zh"], name);
    for (const [language, texts] of Object.entries(words)) {
      assert.deepEqual(Object.keys(texts).sort(), Object.keys(words.en).sort(), name);
      const needed = ["title", "ask", "hint1", "hint2", "why", "reason0", "reason1", "reason2",
        ...Object.keys(mistakes)];
      for (const key of needed) assert.ok(texts[key], `${language} ${name} ${key}`);
      assert.equal(Boolean(choices) && name === "edge", Boolean(texts.choice_other), name);
      for (const key of Object.keys(texts)) {
        assert.deepEqual(holes(texts[key]), holes(words.en[key]), `${language} ${name} ${key}`);
      }
    }
  }
});

test("frames of a circuit leave room for their names, without a gate, too", () => {
  for (const formula of ["0*x", "x**2", "exp(x)"]) {
    const { boxes } = circuitLayout(new Lab({ formula, n: 3 }).gates(), false);
    boxes.forEach(({ x, folded }, j) => {
      assert.ok(folded || boxes[j + 1].x - x > 140, `${formula}, frame ${j}`);
    });
  }
});
