/** Pictures of a search: its windows in the first two coordinates, and how the best value fell. */

import { stroke } from "./view.js";

/**
 * @typedef {object} Window
 * @property {number} start number of the independent search
 * @property {string} kind
 * @property {number[]} origin
 * @property {number[][]} edges one or two
 * @property {number[]} x best measured point
 * @property {number | null} fun its value
 * @property {number} nfev
 */
/**
 * @typedef {object} Search
 * @property {number[][]} bounds
 * @property {Window[]} windows
 * @property {number[]} x what was returned
 * @property {number} lowest value of all
 */
/** @typedef {CanvasRenderingContext2D} Context */
/** @typedef {(name: string) => string} Ink */

/** Dashes of the starts, beside their colours. */
const DASHES = [[], [6, 3], [2, 3], [8, 3, 2, 3]];
const SHADES = ["blue", "amber", "green", "text"];

/**
 * @param {Context} ctx @param {number} width @param {number} height
 * @param {Search} search @param {number} at window of now
 * @param {Ink} ink
 */
export function drawWindows(ctx, width, height, search, at, ink) {
  const [boxX, boxY = null] = search.bounds;
  const left = 40, right = width - 12, top = 12, bottom = height - 26;
  const px = (/** @type {number} */ x) =>
    left + ((x - boxX[0]) / (boxX[1] - boxX[0])) * (right - left);
  const py = (/** @type {number | undefined} */ y) => (boxY && y !== undefined
    ? bottom - ((y - boxY[0]) / (boxY[1] - boxY[0])) * (bottom - top) : (top + bottom) / 2);
  ctx.clearRect(0, 0, width, height);
  ctx.strokeStyle = ink("line");
  ctx.strokeRect(left + 0.5, top + 0.5, right - left, bottom - top);
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, right - left, bottom - top);
  ctx.clip();
  search.windows.slice(0, at + 1).forEach((one, j) => {
    const { origin: o, edges: [a, b = a.map(() => 0)] } = one;
    const corners = [[0, 0], [1, 0], [1, 1], [0, 1]].map(([p, q]) =>
      [0, 1].map((axis) => (o[axis] ?? 0) + p * (a[axis] ?? 0) + q * (b[axis] ?? 0)));
    const shade = one.start % SHADES.length;
    ctx.strokeStyle = ctx.fillStyle = ink(SHADES[shade]);
    ctx.globalAlpha = j === at ? 1 : 0.15 + 0.6 * (j / Math.max(1, at));
    ctx.lineWidth = j === at ? 2.6 : 1;
    ctx.setLineDash(DASHES[shade]);
    ctx.beginPath();
    for (const [x, y] of corners) ctx.lineTo(px(x), py(boxY ? y : undefined));
    ctx.closePath();
    ctx.stroke();
    ctx.setLineDash([]);
    ctx.beginPath();
    ctx.arc(px(one.x[0]), py(one.x[1]), j === at ? 4 : 2, 0, 7);
    ctx.fill();
  });
  ctx.globalAlpha = 1;
  star(ctx, px(search.x[0]), py(search.x[1]), ink("text"), ink("panel"));
  ctx.restore();
  ctx.fillStyle = ink("muted");
  ctx.textAlign = "left";
  ctx.fillText(short4(boxX[0]), left, bottom + 15);
  ctx.textAlign = "center";
  ctx.fillText("x1", (left + right) / 2, bottom + 15);
  ctx.textAlign = "right";
  ctx.fillText(short4(boxX[1]), right, bottom + 15);
  if (!boxY) return;
  ctx.fillText(short4(boxY[1]), left - 5, top + 9);
  ctx.fillText("x2", left - 5, (top + bottom) / 2);
  ctx.fillText(short4(boxY[0]), left - 5, bottom);
}

/** Five points around a place. */
function star(/** @type {Context} */ ctx, /** @type {number} */ x, /** @type {number} */ y,
  /** @type {string} */ shade, /** @type {string} */ halo) {
  ctx.beginPath();
  for (let j = 0; j < 10; j++) {
    const angle = (j * Math.PI) / 5 - Math.PI / 2, radius = j % 2 ? 4 : 9;
    ctx.lineTo(x + radius * Math.cos(angle), y + radius * Math.sin(angle));
  }
  ctx.closePath();
  ctx.fillStyle = shade;
  ctx.strokeStyle = halo;
  ctx.lineWidth = 1.5;
  ctx.fill();
  ctx.stroke();
}

/**
 * The best value of every start above the lowest of all, against all evaluations so far.
 * @param {Context} ctx @param {number} width @param {number} height
 * @param {Search} search @param {number} at @param {Ink} ink
 * @param {Record<string, string>} words
 */
export function drawProgress(ctx, width, height, search, at, ink, words) {
  const left = 58, right = width - 12, top = 12, bottom = height - 26;
  /** @type {Map<number, {best: number, points: [number, number][]}>} */
  const starts = new Map();
  let spent = 0;
  search.windows.forEach((one, j) => {
    spent += one.nfev;
    const start = starts.get(one.start) ?? { best: Infinity, points: [] };
    starts.set(one.start, start);
    start.best = Math.min(start.best, one.fun ?? Infinity);
    if (j <= at && Number.isFinite(start.best)) start.points.push([spent, start.best]);
  });
  const heights = [...starts.values()].flatMap(({ points }) => points.map(([, best]) => best));
  const most = Math.max(...heights.map((best) => best - search.lowest), 1e-12);
  const above0 = heights.map((best) => best - search.lowest).filter((one) => one > 1e-9 * most);
  const floor = Math.min(0.5 * Math.min(...above0, most), 0.1 * most);
  const py = (/** @type {number} */ best) => {
    const above = Math.max(best - search.lowest, floor);
    return bottom - (Math.log(above / floor) / Math.log(most / floor)) * (bottom - top);
  };
  const px = (/** @type {number} */ nfev) => left + (nfev / spent) * (right - left);
  ctx.clearRect(0, 0, width, height);
  ctx.fillStyle = ink("line");
  ctx.fillRect(left, bottom, right - left, 1);
  for (const [number, { points }] of starts) {
    const shade = number % SHADES.length;
    ctx.fillStyle = ink(SHADES[shade]);
    stroke(ctx, ink(SHADES[shade]), 2, () => {
      points.forEach(([nfev, best], j) => {
        if (j) ctx.lineTo(px(nfev), py(points[j - 1][1]));
        ctx.lineTo(px(nfev), py(best));
      });
    }, DASHES[shade]);
    const end = points[points.length - 1];
    if (!end) continue;
    ctx.textAlign = px(end[0]) > right - 60 ? "right" : "left";
    ctx.fillText(`${words.start} ${number + 1}`, px(end[0]), Math.max(top + 8, py(end[1]) - 7));
  }
  ctx.fillStyle = ink("muted");
  ctx.textAlign = "center";
  ctx.fillText(words.evaluations, (left + right) / 2, bottom + 15);
  ctx.textAlign = "right";
  ctx.fillText(String(spent), right, bottom + 15);
  ctx.fillText(most.toExponential(0), left - 5, top + 9);
  ctx.fillText(floor.toExponential(0), left - 5, bottom);
  ctx.textAlign = "left";
  ctx.fillText(words.above, left + 6, top + 4);
}

/** @param {number} value */
const short4 = (value) => String(Number(value.toPrecision(4)));
