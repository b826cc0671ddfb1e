/** The second stage: its engine, levels, contours and goals against numbers of the toolkit. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as engine from "../../../qdml_quantum/teach/lab/js/engine.js";
import { Field } from "../../../qdml_quantum/teach/lab/js/field.js";
import { LowestStates } from "../../../qdml_quantum/teach/lab/js/lowest.js";
import * as model from "../../../qdml_quantum/teach/lab/js/model.js";
import * as plane from "../../../qdml_quantum/teach/lab/js/plane.js";

const numbers = JSON.parse(readFileSync(new URL("numbers.json", import.meta.url), "utf8"));
const { Lab, fromHash, toHash } = model;

/** @param {string} text */
function unpacked(text) {
  const bytes = Buffer.from(text, "base64");
  return Float64Array.from({ length: bytes.length / 8 }, (_, j) => bytes.readDoubleLE(8 * j));
}

function lost(wave, state) {
  const re = unpacked(state.re), im = unpacked(state.im);
  let a = 0, b = 0, norm = 0;
  for (let j = 0; j < re.length; j++) {
    a += re[j] * wave.re[j] + im[j] * wave.im[j];
    b += re[j] * wave.im[j] - im[j] * wave.re[j];
    norm += re[j] ** 2 + im[j] ** 2;
  }
  return Math.abs(1 - (a * a + b * b) / norm);
}

for (const problem of numbers.planes) {
  test(problem.formula, () => {
    const field = new Field(problem.formula, problem.boxes, problem.n, 0.1);
    for (const [degrees, state] of [[0, problem.wave], [90, problem.heat]]) {
      const wave = new engine.Wave(field.grid, field.zeta);
      if (problem.packet) {
        const [centers, momenta, width] = problem.packet;
        const packets = centers.map((center, j) => [center, momenta[j]]);
        wave.set(...plane.planePacket(field.grid, packets, width));
      }
      for (const D of problem.diffusions) {
        for (let j = 0; j < problem.steps; j++) wave.step(D, problem.dt, (degrees * Math.PI) / 180);
      }
      assert.ok(lost(wave, state) < 1e-12, `1 - F = ${lost(wave, state)} at ${degrees} degrees`);
    }
    const { energies, states } = field.exactLevels(problem.diffusions.at(-1));
    unpacked(problem.energies).slice(0, 2).forEach((energy, j) =>
      assert.ok(Math.abs(energies[j] - energy) < 1e-8, `E${j} = ${energies[j]} for ${energy}`));
    const ground = unpacked(problem.ground);
    const overlap = states[0].reduce((sum, a, j) => sum + a * ground[j], 0);
    assert.ok(Math.abs(1 - overlap * overlap) < 1e-8, `${overlap}`);
    const sorted = (points) => points.map((point) => point.map((x) => x.toFixed(4)).join()).sort();
    assert.deepEqual(sorted(field.minimizers), sorted(problem.minimizers));
  });
}

test("the norm stays 1 over 1e5 steps", () => {
  const lab = new Lab({ ...model.PLANES[2], n: 4 });
  for (let j = 0; j < 100_000; j++) lab.wave.step(0.3, 0.1);
  const norm = lab.wave.probabilities().reduce((sum, p) => sum + p, 0);
  assert.ok(Math.abs(norm - 1) < 1e-10, `${norm - 1}`);
});

test("the transform of a plane is the transform of its lines", () => {
  const next = engine.random(3), side = 8, fft = new plane.PlaneFft(side);
  const re = Float64Array.from({ length: 64 }, () => next() - 0.5);
  const im = Float64Array.from({ length: 64 }, () => next() - 0.5);
  const a = re.slice(), b = im.slice();
  fft.forward(a, b);
  const [p, q] = [3, 5];
  let x = 0, y = 0;
  for (let i = 0; i < side; i++) {
    for (let j = 0; j < side; j++) {
      const angle = (-2 * Math.PI * (p * i + q * j)) / side, at = i * side + j;
      x += re[at] * Math.cos(angle) - im[at] * Math.sin(angle);
      y += re[at] * Math.sin(angle) + im[at] * Math.cos(angle);
    }
  }
  assert.ok(Math.hypot(a[p * side + q] - x, b[p * side + q] - y) < 1e-12);
  fft.inverse(a, b);
  a.forEach((value, j) => assert.ok(Math.abs(value - re[j]) < 1e-14));
});

test("finer points keep the samples", () => {
  const lab = new Lab({ ...model.PLANES[0], n: 4 });
  lab.advance(20);
  const [re, im] = plane.refinePlane(lab.field.grid, lab.wave.re, lab.wave.im, 64);
  for (let i = 0; i < 16; i++) {
    for (let j = 0; j < 16; j++) {
      assert.ok(Math.abs(re[64 * 4 * i + 4 * j] - lab.wave.re[16 * i + j]) < 1e-13);
      assert.ok(Math.abs(im[64 * 4 * i + 4 * j] - lab.wave.im[16 * i + j]) < 1e-13);
    }
  }
});

test("states that follow D are those of that D", () => {
  const lab = new Lab({ ...model.PLANES[0], n: 5, dt: 0.1 });
  while (!lab.done) lab.advance(1);
  const shown = lab.trace.at(-1).ground;
  const exact = new LowestStates(lab.field.grid, lab.zeta).settle(lab.diffusion(), 1e-8);
  const share = lab.wave.share(exact.states[0]);
  assert.ok(Math.abs(share - shown) < 0.01, `${shown} for ${share}`);
  while (lab.field.settle());
  const { energies } = lab.spectrum();
  assert.ok(Math.abs(energies[0] - exact.energies[0]) < 1e-6);
  assert.ok(Math.abs(lab.wave.share(lab.spectrum().states[0]) - share) < 1e-3);
});

test("contours of a bowl are circles", () => {
  const rows = 65, values = Float64Array.from({ length: rows * rows }, (_, p) =>
    (Math.floor(p / rows) / 64 - 0.5) ** 2 + ((p % rows) / 64 - 0.5) ** 2);
  const pieces = plane.contour(values, rows, 0.09);
  assert.ok(pieces.length > 400);
  for (let j = 0; j < pieces.length; j += 2) {
    assert.ok(Math.abs(Math.hypot(pieces[j] - 0.5, pieces[j + 1] - 0.5) - 0.3) < 2e-3);
  }
});

test("goals are where a minimum is, and nowhere else", () => {
  const goals = model.PLANES.map((preset) => new Field(preset.formula,
    [[preset.lower, preset.upper], [preset.lower, preset.upper]], 5, 0.1).minimizers.length);
  assert.deepEqual(goals, [4, 1, 1, 0]);
  const flat = new Field("0*x + 0*y", [[-1, 1], [-1, 1]], 4, 0.1);
  assert.deepEqual([flat.minimizers, flat.contours], [[], []]);
});

test("one formula decides between line and plane, and the qubits follow", () => {
  const lab = new Lab({ n: 9 });
  assert.equal(lab.field, null);
  assert.ok(lab.apply({ formula: "x**2 + y**2" }));
  assert.deepEqual([lab.settings.n, lab.grid.size, lab.grid.n], [6, 4096, 12]);
  assert.equal(lab.measure(50).length, 50);
  assert.ok(lab.verdict().hits <= 50);
  assert.equal(lab.apply({ formula: "x + y + z" }), false);
  assert.match(lab.error, /one or two coordinates, but the formula has 3/);
  assert.equal(lab.apply({ formula: "1/(x - y)" }), false);
  assert.match(lab.error, /not finite at x = -2.5, y = -2.5/);
  assert.equal(lab.grid.size, 4096);
  assert.ok(lab.apply({ formula: "x**2", n: 3 }));
  assert.deepEqual([lab.field, lab.grid.size], [null, 8]);
});

test("a link of a plane is its state, bit by bit", () => {
  const settings = {
    ...model.defaults(), formula: model.PLANES[1].formula, lower: -3, upper: 2, lowerY: -1.5,
    upperY: 4, n: 5, start: "packet", center: 0.5, centerY: 3.25, momentum: -2.5, momentumY: 7,
  };
  assert.deepEqual(fromHash(toHash(settings)), settings);
  const hostile = ["#f=x%2By&y=1,1,0,0", "#f=x%2By&y=0,1,5,0", "#f=x%2By&n=9", "#f=x%2By&y=NaN",
    "#f=1/(x-y)&n=5", "#f=x*y*z", "#f=x%2By&b=0,0&y=-1e9,1e9,0,0"];
  for (const link of hostile) {
    const safe = fromHash(link);
    assert.deepEqual(fromHash(toHash(safe)), safe, link);
    const lab = new Lab(safe);
    lab.advance(1);
    assert.equal(lab.error, "");
  }
});

test("warnings of a plane", () => {
  const packet = { ...model.PLANES[3], start: "packet", mode: "hand", center: -2, centerY: 0 };
  assert.deepEqual(new Lab({ ...packet, width: 0.7, momentumY: 40 }).warnings()[0], "aliased");
  assert.deepEqual(new Lab({ ...packet, width: 0.7, momentum: 3 }).warnings(), []);
  const calm = new Lab({ ...model.PLANES[0], n: 5, dt: 0.02 });
  calm.advance(5);
  assert.deepEqual(calm.warnings(), []);
});
