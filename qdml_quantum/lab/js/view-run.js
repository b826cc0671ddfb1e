/** Pictures of a run of the toolkit: histograms without phase. */

import { short } from "./view.js";

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
