/** Exercises: right answers are accepted and mistakes recognised, whatever the name. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Wave, makeGrid, packet } from "../../../qdml_quantum/teach/lab/js/engine.js";
import * as lessons from "../../../qdml_quantum/teach/lab/js/exercises.js";

const FIRST = ["Ada", "李明", "Zoë", "Émile", "Noor"];
const COUNT = Number(process.env.QDML_NAMES ?? 60);
const NAMES = Array.from({ length: COUNT }, (_, j) => FIRST[j % 5] + j);

for (const exercise of lessons.EXERCISES) {
  test(`${exercise.name} for ${COUNT} names`, () => {
    let differ = new Set();
    for (const name of NAMES) {
      const task = lessons.parameters(exercise, name, 0);
      assert.equal(lessons.judge(exercise, task, task.truth), "right");
      for (const [id, value] of Object.entries(task.mistakes)) {
        assert.equal(lessons.judge(exercise, task, value), id, `${name}: ${JSON.stringify(task)}`);
      }
      const error = Math.abs(task.p.answer - task.truth) / Math.abs(task.truth);
      const limit = exercise.choices ? 0 : Math.max(0.02, 0.8 * exercise.tolerance);
      assert.ok(!(error > limit), `${name}: ${task.p.answer} explains ${task.truth}`);
      assert.equal(lessons.judge(exercise, task, task.p.answer), "right", name);
      differ.add(JSON.stringify(task.p));
    }
    assert.ok(differ.size > Math.min(COUNT / 2, 10), `${differ.size} different tasks`);
  });
}

test("formulas that texts name hold in the engine", () => {
  const grid = makeGrid(-20, 20, 9);
  const [s0, D, t] = [0.7, 0.5, 1];
  const flat = new Float64Array(grid.size);
  const heat = new Wave(grid, flat);
  heat.set(...packet(grid, 0, s0));
  for (let j = 0; j < 100; j++) heat.step(D, t / 100, Math.PI / 2);
  const { width } = heat.position();
  assert.ok(Math.abs(width ** 2 - (s0 ** 2 + D * t)) < 1e-9, "imaginary time: s0^2 + D t");
  const bowl = new Wave(grid, grid.x.map((x) => x * x));
  for (const s of [0.4, 0.6, 1]) {
    bowl.set(...packet(grid, 0, s));
    assert.ok(Math.abs(bowl.energy(D) - (s * s + D / (4 * s * s))) < 1e-9, "s^2 + D/(4 s^2)");
  }
  const wave = new Wave(grid, flat);
  wave.set(...packet(grid, 0, s0, 2));
  assert.ok(Math.abs(wave.momentum().width - 1 / (2 * s0)) < 1e-9, "1/(2 s0)");
  const before = wave.position().mean;
  wave.step(D, t);
  assert.ok(Math.abs(wave.position().mean - before - 2 * D * 2 * t) < 1e-9, "2 D k");
});
