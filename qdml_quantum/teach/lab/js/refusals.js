/**
 * Refusals of formulas in other languages, by what they say in English, which is Python's.
 *
 * `{}` stands for what a refusal names; it is carried over as it is.
 */

/** @type {Record<string, [string, string][]>} */
const REFUSALS = {
  zh: [
    ["Formula, column {}: {}", "公式第 {} 列：{}"],
    ["A formula may have {} characters, but this one has {}.", "公式最多 {} 个字符，这个有 {} 个。"],
    ["The formula is empty.", "公式是空的。"],
    ["This bracket is never closed.", "这个括号没有闭合。"],
    ["This bracket was never opened.", "这个括号没有开始。"],
    ["`//` is no operator.", "`//` 不是运算符。"],
    ["{} is not ASCII.", "{} 不是 ASCII 字符。"],
    ["{} is no operator.", "{} 不是运算符。"],
    ["This number is too large to be finite.", "这个数太大，不是有限数。"],
    ["An operator is missing here.", "这里缺少运算符。"],
    ["Attributes such as a.b are not allowed.", "不允许 a.b 这样的属性。"],
    ["{} is a word of Python, not of formulas.", "{} 是 Python 的词，不是公式的词。"],
    ["Unknown name {}.", "未知的名字 {}。"],
    ["{} is a function and needs brackets.", "{} 是函数，需要括号。"],
    ["More than {} brackets are nested.", "括号嵌套超过 {} 层。"],
    ["A comma only separates the arguments of a function.", "逗号只用来分隔函数的参数。"],
    ["Something is missing or misplaced here.", "这里缺少什么，或位置不对。"],
    ["The formula is nested more than {} levels deep.", "公式嵌套超过 {} 层。"],
    ["These brackets are empty.", "这对括号是空的。"],
    ["A comparison may only be the first argument of where.", "比较只能作 where 的第一个参数。"],
    ["Division by zero is not finite.", "除以零不是有限数。"],
    ["{} takes plain arguments only.", "{} 只接受普通参数。"],
    ["{} takes {} argument(s), but got {}.", "{} 需要 {} 个参数，给了 {} 个。"],
    ["The first argument of where must be a comparison.", "where 的第一个参数必须是比较。"],
    ["This constant is not finite ({}).", "这个常数不是有限数（{}）。"],
    ["{} belong to two ways of naming coordinates.", "{} 属于两种坐标命名方式。"],
    ["A formula without a coordinate is constant and has no minimizer.",
      "没有坐标的公式是常数，没有极小点。"],
    ["This page has one or two coordinates, but the formula has {}.",
      "本页有一个或两个坐标，公式有 {} 个。"],
    ["The formula is not finite at {}.", "公式在 {} 处不是有限数。"],
    ["Text is not allowed: leave the quotes out.", "不允许文字：请去掉引号。"],
    ["Write one expression only.", "只写一个表达式。"],
    ["Write round brackets ( ), and x1, x2 for coordinates.", "请用圆括号 ( )，坐标用 x1、x2。"],
    ["Write a name alone, such as sin(x), and 0.5 for a number.",
      "只写名字，例如 sin(x)；数写 0.5。"],
    ["Write only the right-hand side, or == inside where(...).",
      "只写右边，或在 where(...) 里用 ==。"],
    ["Write expressions with commas between them.", "请写用逗号隔开的表达式。"],
    ["Write it with fewer brackets.", "请少用括号。"],
    ["Write it with fewer levels.", "请减少嵌套。"],
    ["Write a large finite number, such as {}.", "请写很大的有限数，例如 {}。"],
    ["Write one below {}.", "请写小于 {} 的数。"],
    ["An objective is real: leave it out.", "目标是实数：请去掉它。"],
    ["Give a Python function instead.", "请改用 Python 函数。"],
    ["Write {} for a product.", "乘积请写 {}。"],
    ["Write {} for a power.", "乘方请写 {}。"],
    ["Write {} for the absolute value.", "绝对值请写 {}。"],
    ["Write {} for the natural logarithm.", "自然对数请写 {}。"],
    ["Write {} for a number.", "数请写 {}。"],
    ["Write the formula on one line.", "请把公式写在一行。"],
    ["Write only the expression, such as {}.", "只写表达式，例如 {}。"],
    ["Write one such as {}.", "请写一个，例如 {}。"],
    ["Write one with x in it.", "请写含 x 的公式。"],
    ["Write it with x, or with x and y.", "请用 x，或 x 和 y。"],
    ["Write a finite number.", "请写有限数。"],
    ["Write an expression in them.", "请在其中写表达式。"],
    ["Write plain ASCII letters, digits and signs only.", "只用 ASCII 字母、数字和符号。"],
    ["Write only x, pi, e, tau and functions such as sin(x).",
      "只用 x、pi、e、tau 和 sin(x) 这样的函数。"],
    ["Write either {}, or {}", "请用 {}，或 {}"],
    ["Write {}.", "请写 {}。"],
    ["Change it there, or choose other bounds.", "请在那里改公式，或换边界。"],
    ["Divide by another number.", "请除以别的数。"],
    ["Complete the expression.", "请补全表达式。"],
    ["Add a ).", "请加 )。"],
    ["Drop it.", "请删去它。"],
    ["Leave it out.", "请删去它。"],
  ],
};

/** @type {Map<string, [RegExp, string][]>} */
const patterns = new Map();

/**
 * A text of a refusal in a language; in English where the language has no words for it.
 * @param {string} language
 * @param {string} text
 */
function translated(language, text) {
  let known = patterns.get(language);
  if (!known) {
    known = (REFUSALS[language] ?? []).map(([english, other]) => [
      new RegExp(`^${english.split("{}").map((part) =>
        part.replace(/[.*+?^$()[\]{}|\\/]/g, "\\$&")).join("(.+?)")}$`, "su"), other]);
    patterns.set(language, known);
  }
  for (const [pattern, other] of known) {
    const match = pattern.exec(text);
    if (match) {
      let hole = 0;
      return other.replace(/\{\}/g, () => match[++hole]);
    }
  }
  return text;
}

/**
 * A refusal in a language.
 * @param {string} language
 * @param {import("./formula.js").FormulaError} refusal
 */
export function refusalIn(language, { column, problem, remedy, message }) {
  if (!REFUSALS[language]) return message;
  const words = [problem, remedy].map((text) => translated(language, text)).join("");
  return translated(language, `Formula, column ${column}: ${words}`);
}
