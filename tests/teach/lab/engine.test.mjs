/** The engine of the page against numbers of the Python package (numbers.json). */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as engine from "../../../qdml_quantum/teach/lab/js/engine.js";
import { valuesOf } from "../../../qdml_quantum/teach/lab/js/formula.js";

const numbers = JSON.parse(readFileSync(new URL("numbers.json", import.meta.url), "utf8"));

/** @param {string} text */
function unpacked(text) {
  const bytes = Buffer.from(text, "base64");
  return Float64Array.from({ length: bytes.length / 8 }, (_, j) => bytes.readDoubleLE(8 * j));
}

function fidelity(wave, state) {
  const re = unpacked(state.re), im = unpacked(state.im);
  let a = 0, b = 0, norm = 0;
  for (let j = 0; j < re.length; j++) {
    a += re[j] * wave.re[j] + im[j] * wave.im[j];
    b += re[j] * wave.im[j] - im[j] * wave.re[j];
    norm += re[j] ** 2 + im[j] ** 2;
  }
  return (a * a + b * b) / norm;
}

function close(actual, expected, tolerance, what) {
  for (let j = 0; j < expected.length; j++) {
    const error = Math.abs(actual[j] - expected[j]);
    assert.ok(error <= tolerance, `${what} ${j}: ${actual[j]} for ${expected[j]}`);
  }
}

function setting(problem) {
  const grid = engine.makeGrid(problem.lower, problem.upper, problem.n);
  const zeta = valuesOf(problem.formula, grid.x);
  const start = () => {
    const wave = new engine.Wave(grid, zeta);
    if (problem.packet) wave.set(...engine.packet(grid, ...problem.packet));
    return wave;
  };
  const run = (degrees) => {
    const wave = start();
    for (const D of problem.diffusions) {
      for (let j = 0; j < problem.steps; j++) wave.step(D, problem.dt, (degrees * Math.PI) / 180);
    }
    return wave;
  };
  return { grid, zeta, run };
}

for (const [number, problem] of numbers.problems.entries()) {
  const name = `${number}: ${problem.formula}, n = ${problem.n}`;
  test(name, () => {
    const { grid, zeta, run } = setting(problem);
    const last = problem.diffusions.at(-1);
    const cases = [[0, problem.wave], [45, problem.turned], [90, problem.heat]];
    for (const [degrees, state] of cases) {
      const lost = 1 - fidelity(run(degrees), state);
      assert.ok(Math.abs(lost) < 1e-12, `1 - F = ${lost} at ${degrees} degrees`);
    }
    const { energies, states } = engine.exactLevels(grid, zeta, last, 4);
    close(energies, unpacked(problem.energies), 1e-8, "level");
    const wave = new engine.Wave(grid, zeta);
    for (const ground of [unpacked(problem.ground), unpacked(problem.relaxed)]) {
      wave.set(ground, new Float64Array(grid.size));
      assert.ok(1 - wave.share(states[0]) < 1e-9, `${1 - wave.share(states[0])}`);
    }
    const shown = engine.levels(grid, zeta, last, 1);
    assert.ok(Math.abs(shown.energies[0] - energies[0]) < 1e-3, "what the stage shows");
    const scale = 1e-12 * Math.max(...zeta.map(Math.abs));
    close(engine.walsh(zeta), unpacked(problem.walsh), scale, "a");
  });
}

test("the norm stays 1 over 1e5 steps", () => {
  const { run, grid, zeta } = setting(numbers.problems[4]);
  const wave = run(0);
  for (let j = 0; j < 100_000; j++) wave.step(0.3, 0.1);
  const norm = wave.probabilities().reduce((sum, p) => sum + p, 0);
  assert.ok(Math.abs(norm - 1) < 1e-10, `${norm - 1}`);
  assert.equal(grid.size, zeta.length);
});

test("Parseval, and the transform and its inverse", () => {
  const next = engine.random(7);
  for (const size of [2, 8, 64, 512]) {
    const re = Float64Array.from({ length: size }, () => next() - 0.5);
    const im = Float64Array.from({ length: size }, () => next() - 0.5);
    const a = re.slice(), b = im.slice();
    engine.fftOf(size).forward(a, b);
    const power = (u, v) => u.reduce((sum, _, j) => sum + u[j] ** 2 + v[j] ** 2, 0);
    assert.ok(Math.abs(power(a, b) / size - power(re, im)) < 1e-12 * size);
    const k = 1 % size;
    let direct = 0;
    for (let j = 0; j < size; j++) {
      const angle = (-2 * Math.PI * j * k) / size;
      direct += re[j] * Math.cos(angle) - im[j] * Math.sin(angle);
    }
    assert.ok(Math.abs(a[k] - direct) < 1e-12 * size);
    engine.fftOf(size).inverse(a, b);
    close(a, re, 1e-14, "re");
    close(b, im, 1e-14, "im");
  }
});

test("heat loses the norm that its energy says, and a stationary state stands still", () => {
  const grid = engine.makeGrid(-6, 6, 6);
  const zeta = valuesOf("x**2 - 3", grid.x);
  const { states } = engine.exactLevels(grid, zeta, 1, 1);
  const wave = new engine.Wave(grid, zeta);
  wave.set(states[0], new Float64Array(64));
  for (let j = 0; j < 1000; j++) wave.step(1, 1e-3, Math.PI / 2);
  assert.ok(Math.abs(wave.logNorm - 2) < 1e-5, `e^(-E t), E = -2, but ${wave.logNorm}`);
  wave.set(states[0], new Float64Array(64));
  for (let j = 0; j < 1000; j++) wave.step(1, 1e-3);
  const turned = Math.atan2(wave.im[32], wave.re[32]) + wave.phase;
  assert.ok(Math.abs(turned) < 1e-5, `${turned}`);
});

test("finer points keep the samples", () => {
  const { run, grid } = setting(numbers.problems[0]);
  const wave = run(0);
  const [re, im] = engine.refine(grid, wave.re, wave.im, 512);
  const stride = 512 / grid.size;
  close(wave.re.map((_, j) => re[j * stride]), wave.re, 1e-14, "re");
  close(wave.im.map((_, j) => im[j * stride]), wave.im, 1e-14, "im");
});

/** Apply a list of gates to amplitudes. */
function apply(gates, re, im) {
  for (const { kind, qubits, angle } of gates) {
    for (let j = 0; j < re.length; j++) {
      const bits = qubits.map((q) => (j >> q) & 1);
      if (kind === "h") {
        const other = j ^ (1 << qubits[0]);
        if (bits[0]) continue;
        const [a, b, c, d] = [re[j], im[j], re[other], im[other]];
        re[j] = (a + c) * Math.SQRT1_2;
        im[j] = (b + d) * Math.SQRT1_2;
        re[other] = (a - c) * Math.SQRT1_2;
        im[other] = (b - d) * Math.SQRT1_2;
        continue;
      }
      const sign = kind === "cp" ? Number(bits[0] && bits[1])
        : bits.reduce((p, q) => p ^ q, 0) ? -1 : 1;
      const [a, b, c, s] = [re[j], im[j], Math.cos(sign * angle), Math.sin(sign * angle)];
      re[j] = a * c - b * s;
      im[j] = a * s + b * c;
    }
  }
}

test("the gates of a step are the step", () => {
  for (const number of [0, 1, 5, 13, 17]) {
    const { grid, zeta, run } = setting(numbers.problems[number]);
    const [D, dt] = [0.37, 0.043];
    const wave = run(0);
    const re = wave.re.slice(), im = wave.im.slice();
    for (const frame of engine.stepGates(grid, zeta, D, dt)) apply(frame.gates, re, im);
    // exp(-i D k^2 dt) exp(-i zeta dt) in place of Strang: half a potential phase moved.
    const half = zeta.map((v) => (v * dt) / 2);
    const turn = (a, b, sign) => a.forEach((_, j) => {
      const [c, s] = [Math.cos(half[j]), -sign * Math.sin(half[j])];
      [a[j], b[j]] = [a[j] * c - b[j] * s, a[j] * s + b[j] * c];
    });
    turn(wave.re, wave.im, 1);
    wave.step(D, dt);
    turn(wave.re, wave.im, -1);
    let a = 0, b = 0;
    re.forEach((_, j) => {
      a += re[j] * wave.re[j] + im[j] * wave.im[j];
      b += re[j] * wave.im[j] - im[j] * wave.re[j];
    });
    assert.ok(1 - (a * a + b * b) < 1e-12, `${1 - (a * a + b * b)}`);
  }
});

test("gates of the potential rebuild zeta", () => {
  const { grid, zeta } = setting(numbers.problems[13]);
  const [{ gates }] = engine.stepGates(grid, zeta, 0.3, 0.05);
  const mean = zeta.reduce((sum, v) => sum + v, 0) / grid.size;
  const sum = gates.map((gate) => engine.phaseOf(gate, grid.size))
    .reduce((a, b) => a.map((v, j) => v + b[j]));
  close(sum.map((v) => -v / 0.05 + mean), zeta, 1e-12 * 10, "zeta");
});

test("Wilson's interval is that of Python", () => {
  for (const [hits, shots, value, low, high] of numbers.wilson) {
    const interval = engine.wilson(hits, shots);
    close([interval.value, interval.low, interval.high], [value, low, high], 1e-14, "wilson");
  }
});

test("samples follow the probabilities", () => {
  const shots = engine.sample([0.5, 0, 0.25, 0.25], 40_000, engine.random(3));
  const counts = [0, 1, 2, 3].map((j) => shots.filter((shot) => shot === j).length / 40_000);
  close(counts, [0.5, 0, 0.25, 0.25], 0.01, "share");
});

test("a curve is straight in log D", () => {
  assert.deepEqual(engine.curve([4, 1, 0.25], 2).map((d) => d.toFixed(12)),
    [2, 0.5].map((d) => d.toFixed(12)));
});
