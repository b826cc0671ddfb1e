/** Pictures of the panels: the state by momentum, shots, and a small histogram. */

import { colour, short, stroke } from "./view.js";

/** @typedef {import("./view.js").Context} Context */
/** @typedef {import("./view.js").Style} Style */
/** @typedef {import("./model.js").Lab} Lab */

/**
 * The same state by momentum.
 * @param {Context} ctx
 * @param {number} width
 * @param {number} height
 * @param {Lab} lab
 * @param {Style} style
 */
export function drawMomentum(ctx, width, height, lab, style) {
  const { ink, say } = style;
  const { grid, wave } = lab;
  const left = 12, right = width - 12, top = 26, bottom = height - 28;
  ctx.clearRect(0, 0, width, height);
  ctx.font = `11.5px ${style.font}`;
  const [re, im] = wave.momenta();
  const c = Math.cos(wave.phase), s = Math.sin(wave.phase);
  const p = re.map((a, j) => a * a + im[j] * im[j]);
  const most = Math.max(...p);
  const column = (right - left) / grid.size, half = grid.size / 2;
  for (let j = 0; j < grid.size; j++) {
    const i = (j + half) % grid.size;
    const h = (p[i] / most) * (bottom - top);
    if (h < 0.3) continue;
    const x = left + j * column;
    ctx.fillStyle = colour(re[i] * c - im[i] * s, re[i] * s + im[i] * c);
    ctx.fillRect(x, bottom - h, Math.max(column - (column > 3 ? 0.5 : 0), 0.8), h);
    if (column > 4) {
      ctx.strokeStyle = ink.text;
      ctx.lineWidth = 0.7;
      ctx.strokeRect(x, bottom - h, column - 0.5, h);
    }
  }
  stroke(ctx, ink.amber, 2, () => {
    for (let j = 0; j <= 60; j++) {
      const q = j / 30 - 1;
      ctx.lineTo(left + (j / 60) * (right - left), bottom - q * q * (bottom - top));
    }
  }, [4, 3]);
  ctx.strokeStyle = ink.line;
  ctx.beginPath();
  ctx.moveTo(left, bottom + 0.5);
  ctx.lineTo(right, bottom + 0.5);
  ctx.stroke();
  ctx.fillStyle = ink.amber;
  ctx.textAlign = "left";
  ctx.fillText(`D k² (${say("dashed")})`, left + 34, 16);
  ctx.fillStyle = ink.muted;
  ctx.fillText(`−${short(grid.kMax)}`, left, height - 9);
  ctx.textAlign = "center";
  ctx.fillText(say("waveNumber"), (left + right) / 2, height - 9);
  ctx.textAlign = "right";
  ctx.fillText(`${short(grid.kMax)}`, right, height - 9);
}

/**
 * Shots as bars, what |psi|^2 predicts as a line, chance as a dashed one.
 * @param {Context} ctx @param {number} width @param {number} height @param {Lab} lab
 * @param {Style} style
 * @param {{j: number, fall: number}[]} [falling] shots on their way, and how far from 1 to 0
 */
export function drawShots(ctx, width, height, lab, style, falling = []) {
  const { ink, say } = style;
  const { grid } = lab;
  const left = 12, right = width - 12, top = 12, bottom = height - 26;
  ctx.clearRect(0, 0, width, height);
  ctx.font = `11.5px ${style.font}`;
  const p = lab.wave.probabilities();
  const column = (right - left) / grid.size;
  const shares = lab.shots ? lab.counts.map((count) => count / lab.shots) : [];
  const most = Math.max(...p, ...shares, 2 / grid.size) * 1.08;
  lab.mask.forEach((counts, j) => {
    if (!counts) return;
    ctx.fillStyle = ink.window;
    ctx.fillRect(left + j * column, top, column + 0.5, bottom - top);
  });
  ctx.fillStyle = ink.blue;
  shares.forEach((share, j) => {
    const h = (share / most) * (bottom - top);
    ctx.fillRect(left + j * column, bottom - h, Math.max(column - (column > 4 ? 1 : 0), 0.8), h);
  });
  stroke(ctx, ink.text, 1.3, () => {
    p.forEach((value, j) =>
      ctx.lineTo(left + (j + 0.5) * column, bottom - (value / most) * (bottom - top)));
  });
  const chance = bottom - (1 / grid.size / most) * (bottom - top);
  ctx.strokeStyle = ink.muted;
  ctx.setLineDash([4, 4]);
  ctx.beginPath();
  ctx.moveTo(left, chance);
  ctx.lineTo(right, chance);
  ctx.moveTo(left, bottom);
  ctx.stroke();
  ctx.setLineDash([]);
  ctx.fillStyle = ink.muted;
  ctx.textAlign = "right";
  ctx.fillText(say("chance"), right, chance - 5);
  ctx.fillStyle = ink.blue;
  for (const { j, fall } of falling) {
    ctx.beginPath();
    ctx.arc(left + (j + 0.5) * column, bottom - fall * (bottom - top), 3, 0, 7);
    ctx.fill();
  }
  ctx.fillStyle = ink.muted;
  ctx.textAlign = "left";
  ctx.fillText(`|${"0".repeat(grid.n)}⟩`, left, height - 8);
  ctx.textAlign = "center";
  ctx.fillText(say("register"), (left + right) / 2, height - 8);
  ctx.textAlign = "right";
  ctx.fillText(`|${"1".repeat(grid.n)}⟩`, right, height - 8);
}

/**
 * A histogram of a saved run, small.
 * @param {Context} ctx
 * @param {number} width
 * @param {number} height
 * @param {number[]} values
 * @param {Style} style
 */
export function drawSmall(ctx, width, height, values, style) {
  ctx.clearRect(0, 0, width, height);
  const most = Math.max(...values, 1e-9), column = width / values.length;
  ctx.fillStyle = style.ink.blue;
  values.forEach((value, j) => {
    const h = (value / most) * (height - 2);
    ctx.fillRect(j * column, height - h, Math.max(column - 0.3, 0.7), h);
  });
}
