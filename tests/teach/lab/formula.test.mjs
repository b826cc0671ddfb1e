/** The formula language of the page against Python's (numbers.json), and what people type. */

import assert from "node:assert/strict";
import { refusalIn } from "../../../qdml_quantum/teach/lab/js/refusals.js";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { random } from "../../../qdml_quantum/teach/lab/js/engine.js";
import { FormulaError, parseFormula, plain, valuesOf }
  from "../../../qdml_quantum/teach/lab/js/formula.js";

const numbers = JSON.parse(readFileSync(new URL("numbers.json", import.meta.url), "utf8"));
const accepted = numbers.formulas.filter((one) => one.values);
const refused = numbers.formulas.filter((one) => !one.values);

test("the same values", () => {
  assert.ok(accepted.length >= 30);
  for (const { text, values } of accepted) {
    const bytes = Buffer.from(values, "base64");
    const { value } = parseFormula(text);
    numbers.points.forEach((x, j) => {
      const expected = bytes.readDoubleLE(8 * j);
      const error = Math.abs(value([x]) - expected);
      const same = Object.is(value([x]), expected);
      assert.ok(same || error <= 1e-14 * Math.max(1, Math.abs(expected)), `${text} at ${x}`);
    });
  }
});

test("the same refusals, in the same columns", () => {
  assert.ok(refused.length >= 50);
  for (const { text, column, problem } of refused) {
    assert.throws(() => parseFormula(text), (error) => {
      assert.ok(error instanceof FormulaError, `${text}: ${error}`);
      if (problem.startsWith("Something is missing")) return true;
      assert.equal(error.column, column, `${text}: ${error.message}`);
      if (!problem.includes("is not ASCII")) {
        assert.ok(problem.startsWith(error.problem), `${error.problem} for ${problem}`);
      }
      return true;
    }, text.slice(0, 60));
  }
});

test("what people type becomes the language", () => {
  const typed = [
    ["x^2", "x**2"],
    ["2x", "2*x"],
    ["2 x", "2*x"],
    ["3cos(x)", "3*cos(x)"],
    ["2(x+1)(x-1)", "2*(x+1)*(x-1)"],
    ["x(x-1)", "x*(x-1)"],
    ["|x|", "abs(x)"],
    ["|x-1| + |x+1|", "abs(x-1) + abs(x+1)"],
    ["ln(x+9)", "log(x+9)"],
    ["x²", "x**2"],
    ["x¹⁰", "x**10"],
    ["sin(2πx)", "sin(2*pi*x)"],
    ["f(x) = x^2 + 1", "x**2 + 1"],
    ["y = 2x", "2*x"],
    ["ζ(x) = x²", "x**2"],
    ["3·x − 1", "3*x - 1"],
    ["√(x²+1)", "sqrt(x**2+1)"],
    ["２ｘ", "2*x"],
  ];
  for (const [text, expected] of typed) {
    assert.equal(plain(text).replace(/ +/g, " "), expected, text);
    parseFormula(plain(text));
  }
});

test("what the language knows stays as it is", () => {
  for (const { text } of accepted) assert.equal(plain(text), text);
  for (const { text } of refused) plain(text);
});

test("one coordinate, finite", () => {
  assert.throws(() => valuesOf("y**2", [0]), /one or two coordinates/);
  assert.throws(() => valuesOf("1/x", [1, 0]), /not finite at x = 0/);
  assert.deepEqual([...valuesOf("x1**2", [2, 3])], [4, 9]);
});

test("anything typed is a number or a refusal", () => {
  const next = random(11);
  const pieces = [
    "x", "x1", "y", "2", ".5", "1e3", "1e", "+", "-", "*", "**", "/", "//", "(", ")", ",", "sin",
    "sin(", "where(", "min(", "<", "==", "=", " ", "|", "^", "²", "π", "е", "constructor", "pi",
    "__proto__", "valueOf", "</script>", "'", '"', "\\", "\n", "#", "é", "💥", "_", "0", "if",
  ];
  for (let round = 0; round < 20_000; round++) {
    const length = 1 + Math.floor(12 * next());
    let text = "";
    for (let j = 0; j < length; j++) text += pieces[Math.floor(next() * pieces.length)];
    for (const form of [text, plain(text)]) {
      try {
        const { value, names } = parseFormula(form);
        assert.equal(typeof value(names.map(() => 0.3)), "number", form);
      } catch (error) {
        assert.ok(error instanceof FormulaError, `${JSON.stringify(form)}: ${error.stack}`);
        assert.ok(error.column >= 1 && error.column <= form.length + 1, form);
      }
    }
  }
});

test("every refusal has Chinese words, and names what it names in English", () => {
  let seen = 0;
  for (const { text } of refused) {
    try {
      parseFormula(text);
    } catch (error) {
      assert.ok(error instanceof FormulaError);
      const chinese = refusalIn("zh", error);
      assert.equal(refusalIn("en", error), error.message);
      assert.match(chinese, /^公式第 \d+ 列：.*[\u4e00-\u9fff]/u, error.message);
      assert.doesNotMatch(chinese, /\{\}|undefined/);
      assert.doesNotMatch(chinese, /[a-z]{3,} [a-z]{2,} [a-z]{2,}/, `${error.message}: ${chinese}`);
      for (const [, name] of error.problem.matchAll(/[`'](\w+)[`']/g)) {
        assert.ok(chinese.includes(name), chinese);
      }
      seen++;
    }
  }
  assert.ok(seen > 50);
});
