/** The stage: landscape, wave, levels and the mean energy on one axis. */

import { refine } from "./engine.js";
import { colour, hatch, niceStep, short, stroke } from "./view.js";
import { drawEnergy, drawLevels } from "./view-levels.js";

/** @typedef {import("./view.js").Context} Context */
/** @typedef {import("./view.js").Style} Style */
/** @typedef {import("./model.js").Lab} Lab */

/** Where the stage draws what. @param {number} width @param {number} height */
export function stageFrame(width, height) {
  const narrow = width < 560;
  return {
    narrow, left: narrow ? 30 : 44, right: width - (narrow ? 76 : 168), top: 14,
    bottom: height - (narrow ? 44 : 54), width, height,
  };
}

/**
 * Ends of the energy axis: wells and barriers whole, walls cut, the mean energy where it fits.
 * @param {Lab} lab
 * @returns {[number, number]}
 */
export function energyAxis(lab) {
  const zeta = lab.fine.zeta, [low, high] = lab.range;
  const sorted = Array.from(zeta).sort((a, b) => a - b);
  let inner = sorted[Math.floor(0.5 * zeta.length)] - low;
  for (let j = 1; j < zeta.length - 1; j++) {
    if (zeta[j] > zeta[j - 1] && zeta[j] >= zeta[j + 1] && zeta[j] - low > inner) {
      if (zeta[j] - low < 0.6 * (high - low) || inner < 0.05 * (high - low)) inner = zeta[j] - low;
    }
  }
  const { energies } = lab.spectrum();
  const least = 1.2 * (energies[Math.min(3, energies.length - 1)] - low);
  let top = Math.min(Math.max(1.9 * inner, 0.3), 1.12 * Math.max(high - low, 0.3));
  top = Math.max(top, Math.min(least, 3 * top));
  const energy = lab.wave.energy(lab.diffusion()) - low;
  if (energy < 2.2 * top) top = Math.max(top, 1.15 * energy);
  return [low - 0.24 * top, low + top];
}

/**
 * @param {Context} ctx
 * @param {number} width
 * @param {number} height
 * @param {Lab} lab
 * @param {Style} style
 */
export function drawStage(ctx, width, height, lab, style) {
  const frame = stageFrame(width, height);
  const { left, right, top, bottom, narrow } = frame;
  const { ink } = style;
  const [low, high] = style.axis;
  const { lower, upper } = lab.settings;
  /** @param {number} x */
  const px = (x) => left + ((x - lower) / (upper - lower)) * (right - left);
  /** @param {number} e */
  const py = (e) => bottom - ((e - low) / (high - low)) * (bottom - top);
  ctx.clearRect(0, 0, width, height);
  ctx.font = `${narrow ? 11 : 12}px ${style.font}`;
  drawAxes(ctx, frame, lab, style, px, py);
  for (const m of lab.minimizers) {
    const radius = 0.1 * (upper - lower);
    const a = Math.max(left, px(m - radius)), b = Math.min(right, px(m + radius));
    ctx.fillStyle = ink.window;
    ctx.fillRect(a, top, b - a, bottom - top);
    hatch(ctx, a, top, b - a, bottom - top, ink.windowLine);
  }
  drawWave(ctx, frame, lab, style, px);
  drawLandscape(ctx, frame, lab, style, px, py);
  drawLadder(ctx, frame, lab, style, py);
}

/**
 * @param {Context} ctx
 * @param {ReturnType<typeof stageFrame>} frame
 * @param {Lab} lab
 * @param {Style} style
 * @param {(x: number) => number} px
 * @param {(e: number) => number} py
 */
function drawAxes(ctx, frame, lab, style, px, py) {
  const { left, right, bottom, height } = frame;
  const { ink } = style;
  const [low, high] = style.axis;
  ctx.fillStyle = ink.muted;
  ctx.strokeStyle = ink.faint;
  ctx.lineWidth = 1;
  ctx.textAlign = "right";
  ctx.textBaseline = "middle";
  const step = niceStep(high - low, 5);
  for (let e = Math.ceil(low / step) * step; e <= high; e += step) {
    const y = Math.round(py(e)) + 0.5;
    if (y > bottom - 8) continue;
    ctx.beginPath();
    ctx.moveTo(left, y);
    ctx.lineTo(right, y);
    ctx.stroke();
    ctx.fillText(short(Math.abs(e) < 1e-9 ? 0 : e), left - 7, y);
  }
  const { lower, upper } = lab.settings;
  ctx.textAlign = "center";
  ctx.textBaseline = "alphabetic";
  const xStep = niceStep(upper - lower, frame.narrow ? 6 : 9);
  for (let x = Math.ceil(lower / xStep) * xStep; x <= upper + 1e-9; x += xStep) {
    ctx.fillText(short(Math.abs(x) < 1e-9 ? 0 : x), px(x), height - 8);
  }
}

/**
 * |psi|^2 as an area whose colour is the phase, fronts where it passes 0, and clock hands.
 * @param {Context} ctx
 * @param {ReturnType<typeof stageFrame>} frame
 * @param {Lab} lab
 * @param {Style} style
 * @param {(x: number) => number} px
 */
function drawWave(ctx, frame, lab, style, px) {
  const { left, right, top, bottom, narrow } = frame;
  const { ink } = style;
  const { grid, wave } = lab;
  const size = 512;
  const [re, im] = refine(grid, wave.re, wave.im, size);
  const c = Math.cos(wave.phase), s = Math.sin(wave.phase);
  const scale = (0.5 * (bottom - top)) / style.density;
  const column = (right - left) / size;
  const heights = new Float64Array(size + 1);
  for (let j = 0; j < size; j++) {
    const a = re[j] * c - im[j] * s, b = re[j] * s + im[j] * c;
    re[j] = a;
    im[j] = b;
    heights[j] = Math.min((a * a + b * b) * scale, bottom - top);
  }
  heights[size] = heights[0];
  ctx.save();
  ctx.beginPath();
  ctx.moveTo(left, bottom);
  for (let j = 0; j <= size; j++) ctx.lineTo(left + j * column, bottom - heights[j]);
  ctx.lineTo(right, bottom);
  ctx.closePath();
  ctx.clip();
  for (let j = 0; j < size; ) {
    const shade = colour(re[j], im[j]);
    let k = j + 1, tallest = Math.max(heights[j], heights[j + 1]);
    while (k < size && colour(re[k], im[k]) === shade) tallest = Math.max(tallest, heights[++k]);
    if (tallest > 0.4) {
      ctx.fillStyle = shade;
      ctx.fillRect(left + (j - 0.5) * column, bottom - tallest - 1,
        (k - j) * column + 0.6, tallest + 1);
    }
    j = k;
  }
  stroke(ctx, ink.front, 1, () => {
    for (let j = 1; j < size; j++) {
      // Less of a turn than this from column to column is rounding: a state that stands still.
      const turns = Math.abs(im[j] - im[j - 1]) > 1e-4 * re[j];
      if (re[j] > 0 && heights[j] > 3 && im[j - 1] * im[j] < 0 && turns) {
        const x = Math.round(left + j * column) + 0.5;
        ctx.moveTo(x, bottom);
        ctx.lineTo(x, bottom - heights[j]);
      }
    }
  });
  ctx.restore();
  stroke(ctx, ink.text, 1.2, () => {
    for (let j = 0; j <= size; j++) ctx.lineTo(left + j * column, bottom - heights[j]);
  });
  if (grid.n <= 7) {
    const stride = size / grid.size;
    ctx.fillStyle = ink.text;
    for (let j = 0; j < grid.size; j++) {
      const x = left + j * stride * column, y = bottom - heights[j * stride];
      if (grid.n <= 4) ctx.fillRect(x - 0.5, y, 1, bottom - y);
      ctx.beginPath();
      ctx.arc(x, y, grid.n <= 5 ? 3 : 1.8, 0, 7);
      ctx.fill();
    }
  }
  drawHands(ctx, frame, re, im, heights, style, narrow ? 18 : 40);
  const { states } = lab.spectrum();
  const [ground] = refine(grid, states[0], new Float64Array(grid.size), size);
  stroke(ctx, ink.green, 2, () => {
    for (let j = 0; j <= size; j++) {
      const a = ground[j % size];
      ctx.lineTo(px(lab.settings.lower) + j * column,
        bottom - Math.min(a * a * scale, bottom - top));
    }
  }, [6, 4]);
}

/** Clock hands under the axis: the phase without colour. */
function drawHands(/** @type {Context} */ ctx,
  /** @type {ReturnType<typeof stageFrame>} */ frame, /** @type {Float64Array} */ re,
  /** @type {Float64Array} */ im, /** @type {Float64Array} */ heights,
  /** @type {Style} */ style, /** @type {number} */ count) {
  const { left, right, bottom } = frame;
  const y = bottom + 14;
  ctx.strokeStyle = style.ink.text;
  ctx.fillStyle = style.ink.text;
  ctx.lineWidth = 1.5;
  for (let i = 0; i < count; i++) {
    const j = Math.floor(((i + 0.5) / count) * re.length);
    const size = Math.hypot(re[j], im[j]);
    const strength = Math.min(1, Math.sqrt(heights[j] / 60));
    if (strength < 0.08) continue;
    ctx.globalAlpha = 0.3 + 0.7 * strength;
    const x = left + ((i + 0.5) / count) * (right - left);
    const dx = (8 * strength * re[j]) / size, dy = (-8 * strength * im[j]) / size;
    ctx.beginPath();
    ctx.moveTo(x - dx, y - dy);
    ctx.lineTo(x + dx, y + dy);
    ctx.stroke();
    ctx.beginPath();
    ctx.arc(x + dx, y + dy, 1.9, 0, 7);
    ctx.fill();
  }
  ctx.globalAlpha = 1;
}

/**
 * @param {Context} ctx
 * @param {ReturnType<typeof stageFrame>} frame
 * @param {Lab} lab
 * @param {Style} style
 * @param {(x: number) => number} px
 * @param {(e: number) => number} py
 */
function drawLandscape(ctx, frame, lab, style, px, py) {
  const { left, right, top, bottom } = frame;
  const { x, zeta } = lab.fine;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, right - left, bottom - top);
  ctx.clip();
  for (const [width, shade] of /** @type {[number, string][]} */ (
    [[5, style.ink.halo], [2.2, style.ink.text]])) {
    ctx.strokeStyle = shade;
    ctx.lineWidth = width;
    ctx.lineJoin = "round";
    ctx.beginPath();
    for (let j = 0; j < x.length; j += 2) ctx.lineTo(px(x[j]), Math.max(-50, py(zeta[j])));
    ctx.lineTo(right, Math.max(-50, py(zeta[0])));
    ctx.stroke();
  }
  ctx.restore();
  const at = handleOf(lab);
  const hx = px(at.x), hy = Math.min(Math.max(py(at.zeta), top + 8), bottom - 8);
  ctx.fillStyle = style.ink.text;
  stroke(ctx, style.ink.panel, 2, () => {
    ctx.moveTo(hx - 8, hy);
    ctx.lineTo(hx, hy - 8);
    ctx.lineTo(hx + 8, hy);
    ctx.lineTo(hx, hy + 8);
    ctx.closePath();
    ctx.fill();
  });
  ctx.font = `bold ${frame.narrow ? 12 : 13}px ${style.font}`;
  ctx.textAlign = "left";
  const edge = zeta.findIndex((value) => py(value) > top + 10);
  const steep = edge > 8;
  const label = Math.max(steep ? edge : 24, 0);
  const [tx, ty] = [px(x[label]) + 12, py(zeta[label]) + (steep ? 12 : -14)];
  ctx.strokeStyle = style.ink.halo;
  ctx.lineWidth = 4;
  ctx.strokeText("ζ(x)", tx, Math.max(ty, top + 16));
  ctx.fillText("ζ(x)", tx, Math.max(ty, top + 16));
}

/** Where the diamond stands that shifts the landscape: at its lowest point. @param {Lab} lab */
export function handleOf(lab) {
  const { x, zeta } = lab.fine;
  if (lab.minimizers.length) {
    return { x: lab.minimizers[0], zeta: lab.range[0] };
  }
  const j = Math.round(zeta.length * 0.5);
  return { x: x[j] + lab.settings.shift * 0, zeta: zeta[j] };
}

/**
 * Levels on the same axis, with the share of the state in each, the gap, and the mean energy.
 * @param {Context} ctx
 * @param {ReturnType<typeof stageFrame>} frame
 * @param {Lab} lab
 * @param {Style} style
 * @param {(e: number) => number} py
 */
function drawLadder(ctx, frame, lab, style, py) {
  const { left, right, top, bottom, width, height, narrow } = frame;
  const { ink, say } = style;
  const { energies } = lab.spectrum();
  const a = right + (narrow ? 10 : 22), b = width - (narrow ? 30 : 74);
  drawLevels(ctx, { left: a, right: b, top, bottom, narrow }, lab, style, py);
  const [y0, y1] = [py(energies[0]), py(energies[1])];
  if (!narrow && y1 > top && y0 - y1 > 24) {
    stroke(ctx, ink.muted, 1, () => {
      ctx.moveTo(b - 6, y0 - 6);
      ctx.lineTo(b - 6, y1 + 6);
    });
    ctx.fillStyle = ink.muted;
    ctx.textAlign = "right";
    ctx.fillText(say("gapIs", { gap: short(energies[1] - energies[0]) }), b - 11, (y0 + y1) / 2);
  }
  const y = drawEnergy(ctx, { left, right, top, bottom }, lab, style, py);
  ctx.beginPath();
  ctx.moveTo(right + 9, y);
  ctx.lineTo(right, y - 5);
  ctx.lineTo(right, y + 5);
  ctx.fill();
  ctx.textAlign = "right";
  ctx.fillText("⟨H⟩", right - 6, y < top + 16 ? y + 11 : y - 9);
  ctx.fillStyle = ink.muted;
  ctx.textAlign = "left";
  ctx.textBaseline = "alphabetic";
  ctx.fillText(say(narrow ? "levelsShort" : "levels"), a, height - 8);
}
