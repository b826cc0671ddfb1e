/** Levels on an axis of energies, and the mean energy: of a line and of a plane. */

import { drawLevel, hatch } from "./view.js";

/** @typedef {import("./view.js").Context} Context */
/** @typedef {import("./view.js").Style} Style */
/** @typedef {import("./model.js").Lab} Lab */
/** @typedef {{left: number, right: number, top: number, bottom: number}} Sides */

/**
 * A line for every level, a bar for the share of the state in it, and both in words.
 * @param {Context} ctx
 * @param {Sides & {narrow: boolean}} sides
 * @param {Lab} lab
 * @param {Style} style
 * @param {(e: number) => number} py
 */
export function drawLevels(ctx, { left, right, top, bottom, narrow }, lab, { ink, font }, py) {
  const { energies, states } = lab.spectrum();
  ctx.font = `${narrow ? 10 : 11.5}px ${font}`;
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  let last = Infinity;
  energies.forEach((energy, j) => {
    const y = py(energy);
    if (y < top - 4 || y > bottom) return;
    const share = lab.wave.share(states[j]);
    ctx.fillStyle = ink.line;
    ctx.fillRect(left, y - 0.75, right - left, 1.5);
    ctx.fillStyle = j === 0 ? ink.green : ink.amber;
    const bar = Math.max(share * (right - left), share > 5e-4 ? 1 : 0);
    ctx.fillRect(left, y - 4, bar, 8);
    if (j === 0) hatch(ctx, left, y - 4, bar, 8, ink.panel);
    if (last - y < 12) return;
    last = y;
    ctx.fillStyle = ink.text;
    const sub = String.fromCharCode(0x2080 + j);
    ctx.fillText(narrow ? `E${sub}` : `E${sub}  ${(100 * share).toFixed(0)} %`, right + 7, y);
  });
}

/**
 * The mean energy as a dotted line; returns its height.
 * @param {Context} ctx
 * @param {Sides} sides
 * @param {Lab} lab
 * @param {Style} style
 * @param {(e: number) => number} py
 */
export function drawEnergy(ctx, { left, right, top, bottom }, lab, { ink }, py) {
  const y = Math.min(Math.max(py(lab.wave.energy(lab.diffusion())), top), bottom);
  ctx.fillStyle = ink.blue;
  drawLevel(ctx, left, right, y, ink.blue);
  return y;
}
