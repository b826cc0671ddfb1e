/** Exercises: right answers are accepted and mistakes recognised, for every one of sixty names. */

import assert from "node:assert/strict";
import { test } from "node:test";
import * as lessons from "../../qdml_quantum/lab/js/exercises.js";

const FIRST = ["Ada", "李明", "Zoë", "Émile", "Noor"];
const NAMES = Array.from({ length: 60 }, (_, j) => FIRST[j % 5] + j);

for (const exercise of lessons.EXERCISES) {
  test(`${exercise.id} for sixty names`, () => {
    let differ = new Set();
    for (const name of NAMES) {
      const task = lessons.parameters(exercise, name, 0);
      assert.equal(lessons.judge(exercise, task, task.truth), "right");
      for (const [id, value] of Object.entries(task.mistakes)) {
        assert.equal(lessons.judge(exercise, task, value), id, `${name}: ${JSON.stringify(task)}`);
      }
      if (exercise.formula) {
        const explained = exercise.formula(task.p);
        const error = Math.abs(explained - task.truth) / Math.abs(task.truth);
        assert.ok(error < Math.max(0.02, 0.8 * exercise.tolerance),
          `${name}: ${explained} explains ${task.truth}`);
        assert.equal(lessons.judge(exercise, task, explained), "right", name);
      }
      differ.add(JSON.stringify(task.p));
    }
    assert.ok(differ.size > 10, `${differ.size} different tasks`);
  });
}
