/**
 * Typed formulas: `plain` turns what people type into the language, `parseFormula` reads it.
 *
 * The language is that of `qdml_quantum.objectives.formulas`, with its words (words.js is written
 * from them) and its refusals. A formula becomes closures over a tree; none of it is executed.
 */

import { WORDS } from "./words.js";

/** A formula that was refused, with its column, counted from 1. */
export class FormulaError extends Error {
  /**
   * @param {number} column
   * @param {string} problem
   * @param {string} [remedy]
   */
  constructor(column, problem, remedy = "") {
    super(`Formula, column ${column}: ${problem} ${remedy}`.trimEnd());
    this.column = column;
    this.problem = problem;
    this.remedy = remedy;
  }
}

/** @typedef {{kind: string, text: string, column: number}} Token */
/** @typedef {{type: string, column: number, name: string, value: number, parts: Node[]}} Node */
/** @typedef {(x: ArrayLike<number>) => number} Value a closure over the coordinates */
/** @typedef {{value: Value, constant: boolean}} Tree */

const COORDINATES = [...WORDS.letters, ...WORDS.numbered];
const FUNCTIONS = new Map(Object.entries(WORDS.functions));
const CONSTANTS = new Map(Object.entries(WORDS.constants));
const KEYWORDS = new Map(Object.entries(WORDS.keywords).flatMap(([remedy, words]) =>
  words.split(" ").map((word) => [word, remedy])));
const NAMES = new Map(Object.entries(WORDS.names));
const SIGNS = new Map(Object.entries(WORDS.signs));
const LOOK_ALIKES = new Map(Object.entries(WORDS.lookAlikes));

/** @typedef {[string, (...values: number[]) => number]} Operation */

const APPLY = new Map(/** @type {Operation[]} */ ([
  ...["sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh",
    "atanh", "exp", "log", "log2", "log10", "sqrt", "cbrt", "abs", "sign", "floor", "ceil",
    "atan2", "hypot", "min", "max"].map(
    (name) => /** @type {Operation} */ ([name, Math[/** @type {"sin"} */ (name)]]),
  ),
  ["heaviside", (v, zero = 0.5) => (v < 0 ? 0 : v > 0 ? 1 : v + zero)],
  ["where", (choice, a, b) => (choice ? a : b)],
  ["+", (a, b) => a + b],
  ["-", (a, b) => a - b],
  ["*", (a, b) => a * b],
  ["/", (a, b) => a / b],
  ["**", (a, b) => a ** b],
  ["negative", (a) => -a],
  ["<", (a, b) => Number(a < b)],
  ["<=", (a, b) => Number(a <= b)],
  [">", (a, b) => Number(a > b)],
  [">=", (a, b) => Number(a >= b)],
  ["==", (a, b) => Number(a === b)],
  ["!=", (a, b) => Number(a !== b)],
  ["both", (a, b) => a && b],
]));

const TOKEN = new RegExp(
  [
    /([ \t]+)/,
    /((?:[0-9][0-9_]*(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)/,
    /([A-Za-z_][A-Za-z0-9_]*)/,
    /(\*\*|\/\/|<=|>=|==|!=|[-+*/(),<>])/,
  ].map((part) => part.source).join("|"),
  "y",
);
const KINDS = ["space", "number", "name", "sign"];

/**
 * The next token at an index, or null where none begins.
 * @param {string} text
 * @param {number} index
 * @returns {Token | null}
 */
function tokenAt(text, index) {
  TOKEN.lastIndex = index;
  const match = TOKEN.exec(text);
  if (!match) return null;
  const kind = KINDS[match.slice(1).findIndex((part) => part !== undefined)];
  return { kind, text: match[0], column: index + 1 };
}

/**
 * @param {string} text
 * @param {string[]} [coordinates] names that stand for them
 * @returns {Token[]}
 */
function tokenize(text, coordinates = COORDINATES) {
  if (text.length > WORDS.longest) {
    const problem =
      `A formula may have ${WORDS.longest} characters, but this one has ${text.length}.`;
    throw new FormulaError(WORDS.longest + 1, problem, "Give a Python function instead.");
  }
  if (!text.trim()) throw new FormulaError(1, "The formula is empty.", "Write one such as x**2.");
  /** @type {Token[]} */
  const tokens = [];
  /** @type {{token: Token, called: boolean}[]} */
  const brackets = [];
  for (let index = 0; index < text.length; ) {
    const token = tokenAt(text, index);
    if (!token) throw strange(text, index);
    if (token.kind !== "space") {
      accept(text, token, tokens, brackets, coordinates);
      tokens.push(token);
    }
    index += token.text.length;
  }
  checkCalled(tokens, { kind: "end", text: "", column: text.length + 1 });
  if (brackets.length) {
    const { column } = brackets[brackets.length - 1].token;
    throw new FormulaError(column, "This bracket is never closed.", "Add a ).");
  }
  return tokens;
}

/**
 * @param {string} text
 * @param {Token} token
 * @param {Token[]} before
 * @param {{token: Token, called: boolean}[]} brackets
 * @param {string[]} coordinates
 */
function accept(text, token, before, brackets, coordinates) {
  const { column } = token;
  if (token.kind === "number" && Number(token.text.replaceAll("_", "")) === Infinity) {
    throw new FormulaError(
      column, "This number is too large to be finite.", "Write one below 1e308.",
    );
  }
  if (token.kind === "name") checkName(text, token, coordinates);
  if (token.text === "//") {
    throw new FormulaError(column, "`//` is no operator.", SIGNS.get("//"));
  }
  checkCalled(before, token);
  const join = joint(before, token);
  if (join) {
    throw new FormulaError(
      column, "An operator is missing here.", `Write ${join} for a product.`,
    );
  }
  checkBrackets(token, before, brackets);
}

/**
 * @param {string} text
 * @param {number} index
 */
function strange(text, index) {
  const sign = String.fromCodePoint(/** @type {number} */ (text.codePointAt(index)));
  const column = index + 1;
  if (sign.length > 1 || sign > "\x7f") {
    const plain = LOOK_ALIKES.get(sign);
    const remedy = plain ? `Write ${plain}.` : "Write plain ASCII letters, digits and signs only.";
    return new FormulaError(column, `\`${sign}\` is not ASCII.`, remedy);
  }
  const remedy = SIGNS.get(sign) ?? "Leave it out.";
  if (sign === ".") {
    return new FormulaError(column, "Attributes such as a.b are not allowed.", remedy);
  }
  const shown = sign >= " " && sign !== "`" && sign !== "\x7f" ? `\`${sign}\`` : quoted(sign);
  return new FormulaError(column, `${shown} is no operator.`, remedy);
}

/** @param {string} sign */
function quoted(sign) {
  const short = new Map([["\n", "\\n"], ["\r", "\\r"], ["\t", "\\t"]]).get(sign);
  const code = sign.charCodeAt(0).toString(16).padStart(2, "0");
  return sign === "`" ? "'`'" : `'${short ?? `\\x${code}`}'`;
}

/**
 * @param {string} text
 * @param {Token} token
 * @param {string[]} coordinates
 */
function checkName(text, token, coordinates) {
  const name = token.text;
  if (coordinates.includes(name) || CONSTANTS.has(name) || FUNCTIONS.has(name)) return;
  if (KEYWORDS.has(name)) {
    const problem = `\`${name}\` is a word of Python, not of formulas.`;
    throw new FormulaError(token.column, problem, KEYWORDS.get(name));
  }
  const end = token.column - 1 + name.length;
  if (text.charCodeAt(end) > 127) throw strange(text, end);
  throw new FormulaError(token.column, `Unknown name '${name}'.`, insteadOf(name));
}

/** @param {string} name */
function insteadOf(name) {
  const known = NAMES.get(name.toLowerCase());
  if (known) return known;
  if (name.length > 1 && name.length < 5 && [...name].every((c) => WORDS.letters.includes(c))) {
    return `Write ${[...name].join("*")} for a product.`;
  }
  return "Write only x, pi, e, tau and functions such as sin(x).";
}

/**
 * @param {Token[]} before
 * @param {Token} token
 */
function checkCalled(before, token) {
  const last = before[before.length - 1];
  if (last && FUNCTIONS.has(last.text) && token.text !== "(") {
    const problem = `\`${last.text}\` is a function and needs brackets.`;
    throw new FormulaError(last.column, problem, `Write ${last.text}(...).`);
  }
}

/**
 * How to write two operands with no operator between them, or "" where there is one.
 * @param {Token[]} before
 * @param {Token} token
 */
function joint(before, token) {
  const last = before[before.length - 1];
  if (!last || !(token.kind === "number" || token.kind === "name" || token.text === "(")) return "";
  const operand = last.kind === "number" || last.kind === "name" || last.text === ")";
  if (FUNCTIONS.has(last.text) || !operand) return "";
  const there = token.text === "(" ? "(...)" : token.text;
  const here = last.text === ")" ? "(...)" : last.text;
  return `${here}*${FUNCTIONS.has(there) ? `${there}(...)` : there}`;
}

/**
 * @param {Token} token
 * @param {Token[]} before
 * @param {{token: Token, called: boolean}[]} brackets
 */
function checkBrackets(token, before, brackets) {
  const { column } = token;
  if (token.text === "(") {
    const last = before[before.length - 1];
    brackets.push({ token, called: Boolean(last) && FUNCTIONS.has(last.text) });
    if (brackets.length > WORDS.mostBrackets) {
      const problem = `More than ${WORDS.mostBrackets} brackets are nested.`;
      throw new FormulaError(column, problem, "Write it with fewer brackets.");
    }
  } else if (token.text === ")") {
    if (!brackets.length) {
      throw new FormulaError(column, "This bracket was never opened.", "Drop it.");
    }
    brackets.pop();
  } else if (token.text === "," && !brackets[brackets.length - 1]?.called) {
    const problem = "A comma only separates the arguments of a function.";
    throw new FormulaError(column, problem, "Write 0.5 with a point for a number.");
  }
}

/** Reads tokens by Python's precedence; what `ast.parse` would refuse is refused here. */
class Syntax {
  /**
   * @param {string} text
   * @param {Token[]} tokens
   */
  constructor(text, tokens) {
    this.text = text;
    this.tokens = tokens;
    this.at = 0;
    this.depth = 0;
  }

  /** @param {string[]} texts */
  next(...texts) {
    const token = this.tokens[this.at];
    return token && texts.includes(token.text) ? token : undefined;
  }

  /** @returns {FormulaError} */
  missing() {
    const column = this.tokens[this.at]?.column ?? this.text.length + 1;
    return new FormulaError(
      column, "Something is missing or misplaced here.", "Complete the expression.",
    );
  }

  /** @returns {Node} */
  whole() {
    const node = this.comparison();
    if (this.at < this.tokens.length) throw this.missing();
    return node;
  }

  /** @returns {Node} */
  comparison() {
    const column = this.tokens[this.at]?.column ?? 1;
    const parts = [this.chain(0)];
    const signs = [];
    while (this.next("<", "<=", ">", ">=", "==", "!=")) {
      signs.push(this.tokens[this.at++].text);
      parts.push(this.chain(0));
    }
    if (!signs.length) return parts[0];
    return { type: "compare", column, name: signs.join(" "), value: 0, parts };
  }

  /**
   * Sums (rank 0) and products (rank 1), from left to right.
   * @param {number} rank
   * @returns {Node}
   */
  chain(rank) {
    const column = this.tokens[this.at]?.column ?? 1;
    const operand = () => (rank === 0 ? this.chain(1) : this.factor());
    const parts = [operand()];
    const signs = [];
    while (rank === 0 ? this.next("+", "-") : this.next("*", "/")) {
      signs.push(this.tokens[this.at++].text);
      parts.push(operand());
    }
    if (!signs.length) return parts[0];
    return { type: "chain", column, name: signs.join(" "), value: 0, parts };
  }

  /** @returns {Node} */
  factor() {
    const sign = this.next("+", "-");
    if (!sign) return this.power();
    if (++this.depth > 2 * WORDS.deepest) throw tooDeep(sign.column);
    this.at++;
    const parts = [this.factor()];
    this.depth--;
    return { type: "sign", column: sign.column, name: sign.text, value: 0, parts };
  }

  /** @returns {Node} */
  power() {
    const column = this.tokens[this.at]?.column ?? 1;
    const base = this.primary();
    if (!this.next("**")) return base;
    if (++this.depth > 2 * WORDS.deepest) throw tooDeep(column);
    this.at++;
    const parts = [base, this.factor()];
    this.depth--;
    return { type: "power", column, name: "**", value: 0, parts };
  }

  /** @returns {Node} */
  primary() {
    const token = this.tokens[this.at];
    if (!token) throw this.missing();
    const { column } = token;
    if (token.kind === "number") {
      const whole = token.text.split(/[.eE]/)[0];
      const wrong = /__|_$/.test(whole) || (/^0[0-9_]*[1-9]/.test(whole) && whole === token.text);
      if (wrong) throw this.missing();
      this.at++;
      const value = Number(token.text.replaceAll("_", ""));
      return { type: "number", column, name: "", value, parts: [] };
    }
    if (token.kind === "name") {
      this.at++;
      if (!FUNCTIONS.has(token.text)) {
        return { type: "name", column, name: token.text, value: 0, parts: [] };
      }
      this.at++;
      return { type: "call", column, name: token.text, value: 0, parts: this.arguments() };
    }
    if (token.text !== "(") throw this.missing();
    this.at++;
    if (this.next(")")) {
      this.at++;
      return { type: "empty", column, name: "", value: 0, parts: [] };
    }
    const node = this.comparison();
    if (!this.next(")")) throw this.missing();
    this.at++;
    return node;
  }

  /** @returns {Node[]} */
  arguments() {
    /** @type {Node[]} */
    const parts = [];
    while (!this.next(")")) {
      const star = this.next("*", "**");
      if (star) this.at++;
      const node = this.comparison();
      parts.push(
        star ? { type: "star", column: star.column, name: "", value: 0, parts: [node] } : node,
      );
      if (this.next(",")) this.at++;
      else if (!this.next(")")) throw this.missing();
    }
    this.at++;
    return parts;
  }
}

/** @param {number} column */
function tooDeep(column) {
  const problem = `The formula is nested more than ${WORDS.deepest} levels deep.`;
  return new FormulaError(column, problem, "Write it with fewer levels.");
}

/**
 * Closures of a tree; constants are folded, and have to be finite.
 * @param {Node} node
 * @param {string[]} names
 * @param {number} depth
 * @returns {Tree}
 */
function build(node, names, depth) {
  if (depth > WORDS.deepest) throw tooDeep(node.column);
  switch (node.type) {
    case "number":
      return constant(node.value);
    case "name": {
      const index = names.indexOf(node.name);
      if (index >= 0) return { value: (x) => x[index], constant: false };
      return constant(/** @type {number} */ (CONSTANTS.get(node.name)));
    }
    case "sign": {
      const operand = build(node.parts[0], names, depth + 1);
      return node.name === "+" ? operand : fold(node, "negative", [operand]);
    }
    case "power":
      return fold(node, "**", node.parts.map((part) => build(part, names, depth + 1)));
    case "chain":
      return buildChain(node, names, depth);
    case "call":
      return buildCall(node, names, depth);
    case "empty":
      throw new FormulaError(
        node.column, "These brackets are empty.", "Write an expression in them.",
      );
    default:
      throw new FormulaError(
        node.column,
        "A comparison may only be the first argument of where.",
        "Write where(x > 0, a, b).",
      );
  }
}

/** @param {number} value @returns {Tree} */
const constant = (value) => ({ value: () => value, constant: true });

/**
 * @param {Node} node
 * @param {string[]} names
 * @param {number} depth
 * @returns {Tree}
 */
function buildChain(node, names, depth) {
  const signs = node.name.split(" ");
  let first = build(node.parts[0], names, depth + 1);
  /** @type {{apply: (a: number, b: number) => number, operand: Value}[]} */
  const rest = [];
  node.parts.slice(1).forEach((part, j) => {
    const operand = build(part, names, depth + 1);
    if (signs[j] === "/" && operand.constant && operand.value([]) === 0) {
      const problem = "Division by zero is not finite.";
      throw new FormulaError(part.column, problem, "Divide by another number.");
    }
    if (!rest.length && first.constant && operand.constant) {
      first = fold(part, signs[j], [first, operand]);
    } else {
      const apply = /** @type {(a: number, b: number) => number} */ (APPLY.get(signs[j]));
      rest.push({ apply, operand: operand.value });
    }
  });
  if (!rest.length) return first;
  const start = first.value;
  return {
    value: (x) => rest.reduce((sum, { apply, operand }) => apply(sum, operand(x)), start(x)),
    constant: false,
  };
}

/**
 * @param {Node} node
 * @param {string[]} names
 * @param {number} depth
 * @returns {Tree}
 */
function buildCall(node, names, depth) {
  const { name, parts } = node;
  const star = parts.find((part) => part.type === "star");
  if (star) {
    const problem = `\`${name}\` takes plain arguments only.`;
    throw new FormulaError(star.column, problem, "Write expressions with commas between them.");
  }
  const [fewest, most] = /** @type {number[]} */ (FUNCTIONS.get(name));
  if (parts.length < fewest || parts.length > most) {
    const arity = fewest === most ? `${fewest}` : `${fewest} to ${most}`;
    const problem = `\`${name}\` takes ${arity} argument(s), but got ${parts.length}.`;
    const example = ["a", "b", "c"].slice(0, fewest).join(", ");
    throw new FormulaError(node.column, problem, `Write ${name}(${example}).`);
  }
  if (name !== "where") {
    return fold(node, name, parts.map((part) => build(part, names, depth + 1)));
  }
  const condition = buildCondition(parts[0], names, depth + 1);
  const [a, b] = parts.slice(1).map((part) => build(part, names, depth + 1).value);
  return { value: (x) => (condition(x) ? a(x) : b(x)), constant: false };
}

/**
 * @param {Node} node
 * @param {string[]} names
 * @param {number} depth
 * @returns {Value}
 */
function buildCondition(node, names, depth) {
  if (node.type !== "compare") {
    const problem = "The first argument of where must be a comparison.";
    throw new FormulaError(node.column, problem, "Write where(x > 0, a, b).");
  }
  const sides = node.parts.map((part) => build(part, names, depth + 1).value);
  const tests = node.name.split(" ").map((sign) => APPLY.get(sign));
  return (x) =>
    Number(tests.every((test, j) => test && test(sides[j](x), sides[j + 1](x)) === 1));
}

/**
 * @param {Node} node
 * @param {string} name
 * @param {Tree[]} parts
 * @returns {Tree}
 */
function fold(node, name, parts) {
  const apply = /** @type {(...values: number[]) => number} */ (APPLY.get(name));
  if (parts.every((part) => part.constant)) {
    const value = apply(...parts.map((part) => part.value([])));
    if (!Number.isFinite(value)) {
      const shown = Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
      const problem = `This constant is not finite (${shown}).`;
      throw new FormulaError(node.column, problem, "Write a finite number.");
    }
    return constant(value);
  }
  const [a, b, ...more] = parts.map((part) => part.value);
  /** @type {Value} */
  const value = more.length ? (x) => apply(...parts.map((part) => part.value(x)))
    : b ? (x) => apply(a(x), b(x)) : (x) => apply(a(x));
  return { value, constant: false };
}

/**
 * All coordinates of the family in use, up to the last one that occurs.
 * @param {Token[]} tokens
 */
function namesOf(tokens) {
  const used = tokens.filter((token) => COORDINATES.includes(token.text));
  if (!used.length) return [];
  const family = WORDS.letters.includes(used[0].text) ? WORDS.letters : WORDS.numbered;
  for (const token of used) {
    if (!family.includes(token.text)) {
      const both = `\`${token.text}\` and \`${used[0].text}\``;
      const problem = `${both} belong to two ways of naming coordinates.`;
      throw new FormulaError(
        token.column, problem, "Write either x, y, z, w or x1, x2, x3, ...",
      );
    }
  }
  return family.slice(0, 1 + Math.max(...used.map((token) => family.indexOf(token.text))));
}

/** @typedef {{text: string, names: string[], value: Value}} Formula */
/** @type {Map<string, Formula>} what was read before */
const read = new Map();

/**
 * Read a formula of the language.
 * @param {string} text
 * @returns {Formula}
 */
export function parseFormula(text) {
  const known = read.get(text);
  if (known) return known;
  const tokens = tokenize(text);
  const names = namesOf(tokens);
  const { value } = build(new Syntax(text, tokens).whole(), names, 1);
  if (!names.length) {
    const problem = "A formula without a coordinate is constant and has no minimizer.";
    throw new FormulaError(1, problem, "Write one with x in it.");
  }
  const formula = { text: text.trim(), names, value };
  read.set(text, formula);
  return formula;
}

/**
 * The value of a formula in named numbers; NaN where it is none.
 * @param {string} text
 * @param {Record<string, number>} values
 */
export function evaluate(text, values) {
  const names = Object.keys(values);
  const tree = build(new Syntax(text, tokenize(text, names)).whole(), names, 1);
  return tree.value(Object.values(values));
}

/**
 * Values of a formula of x, all of them finite.
 * @param {string} text of the language
 * @param {ArrayLike<number>} points
 * @returns {Float64Array}
 */
export function valuesOf(text, points) {
  const { names, value } = parseFormula(text);
  if (names.length > 1) {
    const problem = `This page has one or two coordinates, but the formula has ${names.length}.`;
    throw new FormulaError(1, problem, "Write it with x, or with x and y.");
  }
  const values = Float64Array.from(points, (x) => value([x]));
  const wrong = values.findIndex((v) => !Number.isFinite(v));
  if (wrong >= 0) {
    const problem = `The formula is not finite at x = ${Number(points[wrong].toPrecision(4))}.`;
    throw new FormulaError(1, problem, "Change it there, or choose other bounds.");
  }
  return values;
}

/** Coordinates of a formula. @param {string} text of the language */
export const dimensionsOf = (text) => parseFormula(text).names.length;

/**
 * A formula of x and y, finite everywhere in a box.
 * @param {string} text of the language
 * @param {[[number, number], [number, number]]} boxes
 * @returns {(x: number, y: number) => number}
 */
export function planeFormula(text, [[left, right], [bottom, top]]) {
  const { value } = parseFormula(text);
  const points = 64;
  for (let p = 0; p <= points; p++) {
    for (let q = 0; q <= points; q++) {
      const x = left + ((right - left) * p) / points, y = bottom + ((top - bottom) * q) / points;
      if (Number.isFinite(value([x, y]))) continue;
      const at = [x, y].map((one) => Number(one.toPrecision(4))).join(", y = ");
      const problem = `The formula is not finite at x = ${at}.`;
      throw new FormulaError(1, problem, "Change it there, or choose other bounds.");
    }
  }
  return (x, y) => value([x, y]);
}

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/**
 * What people type, as the language has it: `f(x) = 2x^2`, `|x|`, `x²`, `ln x`-like words, `π`.
 *
 * What the language knows already stays as it is.
 * @param {string} text
 * @returns {string}
 */
export function plain(text) {
  let typed = text
    .replace(/^\s*[A-Za-zζ]\w{0,9}\s*(\(\s*x\s*(,\s*y\s*)?\))?\s*=(?!=)/u, "")
    .replace(/[⁰¹²³⁴⁵⁶⁷⁸⁹]+/gu, (run) =>
      `**${[...run].map((sign) => SUPERSCRIPTS.indexOf(sign)).join("")}`)
    .replaceAll("^", "**")
    .replace(/\|([^|]+)\|/g, "abs($1)")
    .replace(/\bln(?=\s*\()/g, "log")
    .replace(/√(?=\s*\()/gu, "sqrt");
  typed = [...typed].map((sign) => readable(sign)).join("").trim();
  let written = "";
  /** @type {Token[]} */
  const before = [];
  for (let index = 0; index < typed.length; ) {
    const token = tokenAt(typed, index);
    if (!token) return typed;
    if (token.kind !== "space") {
      if (joint(before, token)) written = `${written.trimEnd()}*`;
      before.push(token);
    }
    written += token.text;
    index += token.text.length;
  }
  return written;
}

/** @param {string} sign */
function readable(sign) {
  if (sign.charCodeAt(0) < 128) return sign;
  const word = LOOK_ALIKES.get(sign);
  if (word === undefined) return sign.normalize("NFKC");
  if (/^[-*/<>!=]+$/.test(word)) return word;
  if (/^(pi|tau)$/.test(word)) return ` ${word} `;
  if (word === "an ordinary space") return " ";
  return word.startsWith("nothing") ? "" : sign;
}
