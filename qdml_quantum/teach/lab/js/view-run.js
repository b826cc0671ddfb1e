/** Pictures of a run of the toolkit: histograms without phase. */

import { drawLevel, short, stroke } from "./view.js";

/** @typedef {import("./view.js").Context} Context */
/** @typedef {import("./view.js").Style} Style */

/**
 * Histograms of a stage of a run, one row for every axis; counts have no phase, so it has none.
 * @param {Context} ctx
 * @param {number} width
 * @param {number} height
 * @param {number[][]} axes
 * @param {number[][]} bounds
 * @param {Style} style
 */
export function drawRun(ctx, width, height, axes, bounds, style) {
  ctx.clearRect(0, 0, width, height);
  if (!axes.length) return;
  ctx.font = `11.5px ${style.font}`;
  const row = height / axes.length, left = 12, right = width - 12;
  axes.forEach((values, j) => {
    const top = j * row + 8, bottom = (j + 1) * row - 20;
    const most = Math.max(...values, 1), column = (right - left) / values.length;
    ctx.fillStyle = style.ink.blue;
    values.forEach((value, i) => {
      const h = (value / most) * (bottom - top);
      ctx.fillRect(left + i * column, bottom - h, Math.max(column - (column > 4 ? 1 : 0), 0.8), h);
    });
    ctx.fillStyle = style.ink.line;
    ctx.fillRect(left, bottom, right - left, 1);
    ctx.fillStyle = style.ink.muted;
    const [lower, upper] = bounds[j] ?? [0, 1];
    ctx.textAlign = "left";
    ctx.fillText(short(lower), left, bottom + 14);
    ctx.textAlign = "center";
    ctx.fillText(axes.length > 1 ? `x${j + 1}` : "x", (left + right) / 2, bottom + 14);
    ctx.textAlign = "right";
    ctx.fillText(short(upper), right, bottom + 14);
  });
}

/**
 * A histogram of two dimensions: dots whose area is the probability.
 * @param {Context} ctx
 * @param {number} width
 * @param {number} height
 * @param {number[]} cells row by row, from 0 to 255
 * @param {number} rows
 * @param {number[][]} bounds
 * @param {Style} style
 */
export function drawMap(ctx, width, height, cells, rows, bounds, style) {
  ctx.clearRect(0, 0, width, height);
  const columns = cells.length / rows;
  const side = Math.min(width - 80, height - 34), left = (width - side) / 2 + 16, top = 10;
  const dx = side / columns, dy = side / rows, most = Math.min(dx, dy) / 2;
  ctx.strokeStyle = style.ink.line;
  ctx.strokeRect(left, top, side, side);
  ctx.fillStyle = style.ink.blue;
  cells.forEach((value, i) => {
    if (!value) return;
    const x = left + ((i % columns) + 0.5) * dx;
    const y = top + side - (Math.floor(i / columns) + 0.5) * dy;
    ctx.beginPath();
    ctx.arc(x, y, Math.max(0.4, most * Math.sqrt(value / 255)), 0, 7);
    ctx.fill();
  });
  ctx.font = `11.5px ${style.font}`;
  ctx.fillStyle = style.ink.muted;
  const [[x0, x1], [y0, y1]] = bounds;
  ctx.textAlign = "left";
  ctx.fillText(short(x0), left, top + side + 15);
  ctx.textAlign = "center";
  ctx.fillText("x1", left + side / 2, top + side + 15);
  ctx.textAlign = "right";
  ctx.fillText(short(x1), left + side, top + side + 15);
  ctx.fillText(short(y1), left - 6, top + 10);
  ctx.fillText("x2", left - 6, top + side / 2 + 4);
  ctx.fillText(short(y0), left - 6, top + side);
}

/**
 * @typedef {object} Device
 * @property {number[]} ideal probability of every grid point
 * @property {number[] | null} predicted with the noise of the device
 * @property {number[]} measured
 * @property {number[]} low ends of the intervals
 * @property {number[]} high
 * @property {boolean} ranked whether points stand in the order of falling ideal probability
 * @property {number} chance success of a uniform histogram
 * @property {{step: number, ideal: number, value: number, low: number, high: number}[]} cuts
 */

/**
 * Bars: ideal; line: predicted; dots with their intervals: measured; dotted: uniform.
 * @param {Context} ctx
 * @param {number} width
 * @param {number} height
 * @param {Device} device
 * @param {number[][]} bounds
 * @param {Style} style
 */
export function drawDevice(ctx, width, height, device, bounds, style) {
  const { ink, say } = style, { ideal, predicted, measured, low, high } = device;
  const left = 44, right = width - 12, top = 10, bottom = height - 24, size = ideal.length;
  const most = 1.05 * Math.max(...ideal, ...high, ...(predicted ?? []));
  const column = (right - left) / size;
  /** @param {number} p */
  const py = (p) => bottom - (p / most) * (bottom - top);
  ctx.clearRect(0, 0, width, height);
  ctx.fillStyle = ink.gap;
  ideal.forEach((p, j) => ctx.fillRect(left + j * column, py(p), column + 0.3, bottom - py(p)));
  if (predicted) {
    stroke(ctx, ink.amber, 1.8, () => {
      predicted.forEach((p, j) => {
        ctx.lineTo(left + j * column, py(p));
        ctx.lineTo(left + (j + 1) * column, py(p));
      });
    });
  }
  drawLevel(ctx, left, right, py(1 / size), ink.muted);
  const dots = measured.map((p, j) =>
    [left + (j + 0.5) * column, py(p), py(low[j]), py(high[j])]);
  drawWhiskers(ctx, dots, ink.blue, Math.min(3.5, Math.max(1, column / 3)));
  const ends = device.ranked ? [1, size] : bounds[0];
  const words = say(device.ranked ? "rank" : "positionX");
  drawScales(ctx, { left, right, top, bottom }, ends, words, most, style);
}

/**
 * Success after every cut: line: ideal; dots: measured; dotted: chance.
 * @param {Context} ctx
 * @param {number} width
 * @param {number} height
 * @param {Device} device
 * @param {Style} style
 */
export function drawCuts(ctx, width, height, { cuts, chance }, style) {
  const { ink, say } = style;
  const left = 44, right = width - 12, top = 10, bottom = height - 24;
  const last = cuts[cuts.length - 1].step;
  const most = Math.min(1, 1.1 * Math.max(chance, ...cuts.flatMap((cut) => [cut.ideal, cut.high])));
  /** @param {number} p */
  const py = (p) => bottom - (p / most) * (bottom - top);
  /** @param {number} step */
  const px = (step) => left + 8 + ((step - cuts[0].step) / Math.max(1, last - cuts[0].step)) *
    (right - left - 16);
  ctx.clearRect(0, 0, width, height);
  drawLevel(ctx, left, right, py(chance), ink.muted);
  stroke(ctx, ink.text, 1.8, () => {
    for (const cut of cuts) ctx.lineTo(px(cut.step), py(cut.ideal));
  });
  drawWhiskers(ctx, cuts.map((cut) => [px(cut.step), py(cut.value), py(cut.low), py(cut.high)]),
    ink.blue, 3.5);
  drawScales(ctx, { left, right, top, bottom }, [cuts[0].step, last], say("stepsOf"), most, style);
}

/** Dots at x, y with whiskers from low to high. */
function drawWhiskers(/** @type {Context} */ ctx, /** @type {number[][]} */ dots,
  /** @type {string} */ shade, /** @type {number} */ radius) {
  ctx.strokeStyle = ctx.fillStyle = shade;
  ctx.lineWidth = 1.2;
  for (const [x, y, low, high] of dots) {
    ctx.beginPath();
    ctx.moveTo(x, low);
    ctx.lineTo(x, high);
    ctx.stroke();
    ctx.beginPath();
    ctx.arc(x, y, radius, 0, 7);
    ctx.fill();
  }
}

/** Base line, the ends of it, and the largest value. */
function drawScales(/** @type {Context} */ ctx,
  /** @type {{left: number, right: number, top: number, bottom: number}} */ sides,
  /** @type {number[]} */ [from, to], /** @type {string} */ words, /** @type {number} */ most,
  /** @type {Style} */ style) {
  const { left, right, top, bottom } = sides;
  ctx.font = `11.5px ${style.font}`;
  ctx.fillStyle = style.ink.line;
  ctx.fillRect(left, bottom, right - left, 1);
  ctx.fillStyle = style.ink.muted;
  ctx.textBaseline = "alphabetic";
  ctx.textAlign = "left";
  ctx.fillText(short(from), left, bottom + 15);
  ctx.textAlign = "center";
  ctx.fillText(words, (left + right) / 2, bottom + 15);
  ctx.textAlign = "right";
  ctx.fillText(short(to), right, bottom + 15);
  ctx.fillText(short(most), left - 6, top + 8);
  ctx.fillText("0", left - 6, bottom);
}
