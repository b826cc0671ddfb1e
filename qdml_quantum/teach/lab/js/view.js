/**
 * Pictures: functions of (context, width, height, lab, style) that draw and remember nothing.
 *
 * A `Style` is the colours of the page and its words; every colour has a second cue.
 */

import { curveAt, fftOf, makeGrid, phaseOf, refine } from "./engine.js";
import { D_MAX, D_MIN, diffusionOf } from "./model.js";

/** @typedef {CanvasRenderingContext2D} Context */
/** @typedef {import("./model.js").Lab} Lab */
/**
 * @typedef {object} Style
 * @property {Record<string, string>} ink colours by name
 * @property {(key: string, values?: Record<string, unknown>) => string} say
 * @property {string} font
 * @property {number} density damped scale of |psi|^2, kept by the widget
 * @property {number[]} axis damped ends of the energy axis
 */

/** Blue, dark, amber, pale and back: a circle that the colour-blind can read, too. */
const CIRCLE = [[58, 134, 211], [44, 46, 66], [240, 154, 48], [238, 226, 200]];
const COLOURS = Array.from({ length: 96 }, (_, j) => {
  const at = (j / 96) * 4, left = Math.floor(at), part = at - left;
  const mix = CIRCLE[left].map((a, c) => Math.round(a + (CIRCLE[(left + 1) % 4][c] - a) * part));
  return `rgb(${mix.join(",")})`;
});

/** @param {number} re @param {number} im */
const colour = (re, im) => COLOURS[Math.floor((Math.atan2(im, re) / (2 * Math.PI) + 1) * 96) % 96];

/** Colours of the palette, for a legend. */
export const PALETTE = COLOURS;

/**
 * A number for people: no more digits than the eye wants.
 * @param {number} value
 */
export function short(value) {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  const text = size >= 100 || size === 0 ? value.toFixed(0)
    : size >= 10 ? value.toFixed(1) : size >= 1 ? value.toFixed(2) : value.toPrecision(3);
  return Number(text).toString().replace("-", "−");
}

/** Steps of an axis that people like. @param {number} range @param {number} most */
function niceStep(range, most) {
  const rough = range / most, power = 10 ** Math.floor(Math.log10(rough));
  return power * (rough / power > 5 ? 10 : rough / power > 2 ? 5 : rough / power > 1 ? 2 : 1);
}

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

/** Slanted lines: what a colour means, without it. */
function hatch(/** @type {Context} */ ctx, /** @type {number} */ x, /** @type {number} */ y,
  /** @type {number} */ w, /** @type {number} */ h, /** @type {string} */ line) {
  if (w <= 0) return;
  ctx.save();
  ctx.beginPath();
  ctx.rect(x, y, w, h);
  ctx.clip();
  ctx.strokeStyle = line;
  ctx.lineWidth = 1;
  ctx.beginPath();
  for (let at = x - h; at < x + w; at += 12) {
    ctx.moveTo(at, y + h);
    ctx.lineTo(at + h, y);
  }
  ctx.stroke();
  ctx.restore();
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
  ctx.strokeStyle = ink.front;
  ctx.lineWidth = 1;
  ctx.beginPath();
  for (let j = 1; j < size; j++) {
    // Less of a turn than this from column to column is rounding: a state that stands still.
    const turns = Math.abs(im[j] - im[j - 1]) > 1e-4 * re[j];
    if (re[j] > 0 && heights[j] > 3 && im[j - 1] * im[j] < 0 && turns) {
      const x = Math.round(left + j * column) + 0.5;
      ctx.moveTo(x, bottom);
      ctx.lineTo(x, bottom - heights[j]);
    }
  }
  ctx.stroke();
  ctx.restore();
  ctx.strokeStyle = ink.text;
  ctx.lineWidth = 1.2;
  ctx.beginPath();
  for (let j = 0; j <= size; j++) ctx.lineTo(left + j * column, bottom - heights[j]);
  ctx.stroke();
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
  ctx.strokeStyle = ink.green;
  ctx.lineWidth = 2;
  ctx.setLineDash([6, 4]);
  ctx.beginPath();
  for (let j = 0; j <= size; j++) {
    const a = ground[j % size];
    ctx.lineTo(px(lab.settings.lower) + j * column,
      bottom - Math.min(a * a * scale, bottom - top));
  }
  ctx.stroke();
  ctx.setLineDash([]);
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
  ctx.strokeStyle = style.ink.panel;
  ctx.lineWidth = 2;
  ctx.beginPath();
  ctx.moveTo(hx - 8, hy);
  ctx.lineTo(hx, hy - 8);
  ctx.lineTo(hx + 8, hy);
  ctx.lineTo(hx, hy + 8);
  ctx.closePath();
  ctx.fill();
  ctx.stroke();
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
  const { energies, states } = lab.spectrum();
  const a = right + (narrow ? 10 : 22), b = width - (narrow ? 30 : 74);
  ctx.font = `${narrow ? 10 : 11.5}px ${style.font}`;
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  let lastLabel = Infinity;
  energies.forEach((energy, j) => {
    const y = py(energy);
    if (y < top - 4 || y > bottom) return;
    const share = lab.wave.share(states[j]);
    ctx.fillStyle = ink.line;
    ctx.fillRect(a, y - 0.75, b - a, 1.5);
    ctx.fillStyle = j === 0 ? ink.green : ink.amber;
    const bar = Math.max(share * (b - a), share > 5e-4 ? 1 : 0);
    ctx.fillRect(a, y - 4, bar, 8);
    if (j === 0) hatch(ctx, a, y - 4, bar, 8, ink.panel);
    if (lastLabel - y < 12) return;
    lastLabel = y;
    ctx.fillStyle = ink.text;
    const sub = String.fromCharCode(0x2080 + j);
    ctx.fillText(narrow ? `E${sub}` : `E${sub}  ${(100 * share).toFixed(0)} %`, b + 7, y);
  });
  const [y0, y1] = [py(energies[0]), py(energies[1])];
  if (!narrow && y1 > top && y0 - y1 > 24) {
    ctx.strokeStyle = ink.muted;
    ctx.lineWidth = 1;
    ctx.beginPath();
    ctx.moveTo(b - 6, y0 - 6);
    ctx.lineTo(b - 6, y1 + 6);
    ctx.stroke();
    ctx.fillStyle = ink.muted;
    ctx.textAlign = "right";
    ctx.fillText(say("gapIs", { gap: short(energies[1] - energies[0]) }), b - 11, (y0 + y1) / 2);
  }
  const y = Math.min(Math.max(py(lab.wave.energy(lab.diffusion())), top), bottom);
  ctx.strokeStyle = ctx.fillStyle = ink.blue;
  ctx.lineWidth = 1.4;
  ctx.setLineDash([2, 4]);
  ctx.beginPath();
  ctx.moveTo(left, y);
  ctx.lineTo(right, y);
  ctx.stroke();
  ctx.setLineDash([]);
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

/** Where the strip draws what. @param {number} width @param {number} height */
export function stripFrame(width, height) {
  const narrow = width < 560;
  return {
    narrow, left: narrow ? 34 : 44, right: width - (narrow ? 76 : 168), top: 12,
    bottom: height - 24, width, height,
  };
}

/** Height of a D on the strip. @param {ReturnType<typeof stripFrame>} frame @param {number} D */
export function stripY(frame, D) {
  const share = Math.log(D / D_MIN) / Math.log(D_MAX / D_MIN);
  return frame.bottom - share * (frame.bottom - frame.top);
}

/**
 * @param {Context} ctx
 * @param {number} width
 * @param {number} height
 * @param {Lab} lab
 * @param {Style} style
 */
export function drawStrip(ctx, width, height, lab, style) {
  const frame = stripFrame(width, height);
  const { left, right, top, bottom, narrow } = frame;
  const { ink, say } = style;
  const { mode, knots, time } = lab.settings;
  ctx.clearRect(0, 0, width, height);
  ctx.font = `${narrow ? 10 : 11.5}px ${style.font}`;
  ctx.textAlign = "right";
  ctx.textBaseline = "middle";
  for (const D of [10, 3, 1, 0.3, 0.1, 0.03]) {
    const y = Math.round(stripY(frame, D)) + 0.5;
    ctx.strokeStyle = ink.faint;
    ctx.lineWidth = 1;
    ctx.beginPath();
    ctx.moveTo(left, y);
    ctx.lineTo(right, y);
    ctx.stroke();
    ctx.fillStyle = ink.muted;
    if (!narrow || D !== 3) ctx.fillText(`${D}`, left - 7, y);
  }
  /** @param {number} s */
  const px = (s) => left + s * (right - left);
  /** @param {"ground" | "success"} key @param {string} shade @param {number[]} dash */
  const trace = (key, shade, dash) => {
    ctx.strokeStyle = shade;
    ctx.lineWidth = 1.6;
    ctx.setLineDash(dash);
    ctx.beginPath();
    for (const point of lab.trace) ctx.lineTo(px(point.s), bottom - point[key] * (bottom - top));
    ctx.stroke();
    ctx.setLineDash([]);
  };
  trace("ground", ink.green, [6, 4]);
  if (lab.minimizers.length) trace("success", ink.blue, [2, 3]);
  const values = knots.map(diffusionOf);
  ctx.globalAlpha = mode === "curve" ? 1 : 0.4;
  ctx.strokeStyle = ink.amber;
  ctx.lineWidth = 2.4;
  ctx.beginPath();
  values.forEach((D, j) => ctx.lineTo(px(j / (values.length - 1)), stripY(frame, D)));
  ctx.stroke();
  ctx.fillStyle = ink.panel;
  values.forEach((D, j) => {
    ctx.beginPath();
    ctx.arc(px(j / (values.length - 1)), stripY(frame, D), 5, 0, 7);
    ctx.fill();
    ctx.stroke();
  });
  ctx.globalAlpha = 1;
  const now = stripY(frame, lab.diffusion());
  if (mode === "hand") {
    ctx.beginPath();
    ctx.moveTo(left, now);
    ctx.lineTo(right, now);
    ctx.stroke();
  } else {
    const x = Math.round(px(Math.min(1, lab.wave.steps / lab.steps))) + 0.5;
    ctx.strokeStyle = ink.text;
    ctx.lineWidth = 1.5;
    ctx.beginPath();
    ctx.moveTo(x, top - 6);
    ctx.lineTo(x, bottom + 4);
    ctx.stroke();
  }
  ctx.fillStyle = ink.amber;
  ctx.font = `bold ${narrow ? 11 : 12.5}px ${style.font}`;
  ctx.textAlign = "left";
  ctx.fillText("D(t)", left + 12, stripY(frame, curveAt(values, 0.06)) + 13);
  drawGap(ctx, frame, lab, style);
  ctx.font = `${narrow ? 10 : 11.5}px ${style.font}`;
  ctx.fillStyle = ink.muted;
  ctx.textBaseline = "alphabetic";
  ctx.fillText(say(narrow ? "stripShort" : "strip", { time }), left, height - 7);
  ctx.fillText(say(narrow ? "gapShort" : "gapAxis"), right + (narrow ? 10 : 22), height - 7);
}

/**
 * The gap at every D, on the D axis of the strip: where it is thin, slow is cheap.
 * @param {Context} ctx
 * @param {ReturnType<typeof stripFrame>} frame
 * @param {Lab} lab
 * @param {Style} style
 */
function drawGap(ctx, frame, lab, style) {
  const { right, width, narrow } = frame;
  const a = right + (narrow ? 10 : 22), b = width - 14;
  const gaps = /** @type {number[]} */ (lab.gaps);
  if (gaps.length > 1) {
    const low = Math.log(Math.max(1e-4, Math.min(...gaps)) * 0.7);
    const high = Math.log(Math.max(...gaps));
    ctx.fillStyle = style.ink.gap;
    ctx.beginPath();
    ctx.moveTo(a, stripY(frame, D_MIN));
    gaps.forEach((gap, j) => {
      const share = (Math.log(Math.max(gap, 1e-4)) - low) / Math.max(high - low, 1e-9);
      ctx.lineTo(a + share * (b - a), stripY(frame, diffusionOf(6 * j)));
    });
    ctx.lineTo(a, stripY(frame, diffusionOf(6 * (gaps.length - 1))));
    ctx.fill();
  }
  const y = stripY(frame, lab.diffusion());
  ctx.strokeStyle = style.ink.text;
  ctx.lineWidth = 1.5;
  ctx.beginPath();
  ctx.moveTo(a, y);
  ctx.lineTo(b, y);
  ctx.stroke();
}

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
  ctx.strokeStyle = ink.amber;
  ctx.lineWidth = 2;
  ctx.setLineDash([4, 3]);
  ctx.beginPath();
  for (let j = 0; j <= 60; j++) {
    const q = j / 30 - 1;
    ctx.lineTo(left + (j / 60) * (right - left), bottom - q * q * (bottom - top));
  }
  ctx.stroke();
  ctx.setLineDash([]);
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
  ctx.strokeStyle = ink.text;
  ctx.lineWidth = 1.3;
  ctx.beginPath();
  p.forEach((value, j) =>
    ctx.lineTo(left + (j + 0.5) * column, bottom - (value / most) * (bottom - top)));
  ctx.stroke();
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

/** Gates that are shown of the potential before it is unfolded. */
export const FEW = 12;
const CELL = 19;

/**
 * Where the gates of a step stand.
 * @param {import("./engine.js").Frame[]} frames
 * @param {boolean} unfolded
 */
export function circuitLayout(frames, unfolded) {
  let x = 46;
  const boxes = [];
  for (const frame of frames) {
    const folded = frame.name === "inverse";
    const shown = frame.name === "potential" && !unfolded ? frame.gates.slice(0, FEW) : frame.gates;
    const gates = folded ? [] : shown;
    const more = folded ? 0 : frame.gates.length - gates.length;
    const width = folded ? 72 : gates.length * CELL + (more ? 54 : 16);
    boxes.push({ frame, gates, more, folded, x, width });
    x += width + 12;
  }
  return { boxes, width: x + 4 };
}

/**
 * The circuit of one step.
 * @param {Context} ctx @param {number} width @param {number} height
 * @param {ReturnType<typeof circuitLayout>} layout
 * @param {number} n
 * @param {[number, number]} chosen frame and gate
 * @param {Style} style
 */
export function drawCircuit(ctx, width, height, layout, n, chosen, style) {
  const { ink, say } = style;
  ctx.clearRect(0, 0, width, height);
  ctx.font = `11.5px ${style.font}`;
  const top = 40, row = CELL;
  /** @param {number} q */
  const py = (q) => top + (n - 1 - q) * row;
  ctx.textBaseline = "middle";
  for (let q = 0; q < n; q++) {
    ctx.fillStyle = ink.muted;
    ctx.textAlign = "right";
    ctx.fillText(`q${q}`, 34, py(q));
    ctx.fillStyle = ink.line;
    ctx.fillRect(40, py(q) - 0.5, layout.width - 46, 1);
  }
  layout.boxes.forEach(({ frame, gates, more, folded, x, width: w }, f) => {
    const shade = { potential: ink.green, kinetic: ink.amber, qft: ink.text, inverse: ink.text }[
      frame.name];
    ctx.strokeStyle = shade;
    ctx.fillStyle = shade;
    ctx.lineWidth = 1;
    ctx.setLineDash([3, 3]);
    ctx.strokeRect(x + 0.5, top - 14.5, w, (n - 1) * row + 29);
    ctx.setLineDash([]);
    ctx.textAlign = "left";
    ctx.font = `bold 12.5px ${style.font}`;
    if (!folded) ctx.fillText(say(`frame_${frame.name}`), x + 2, 13);
    ctx.font = `11px ${style.font}`;
    if (folded) {
      ctx.fillStyle = ink.panel;
      ctx.fillRect(x + 8, top - 8, w - 16, (n - 1) * row + 16);
      ctx.strokeRect(x + 8.5, top - 7.5, w - 17, (n - 1) * row + 15);
      ctx.fillStyle = shade;
      ctx.textAlign = "center";
      ctx.fillText("◀ QFT", x + w / 2, top + ((n - 1) * row) / 2);
      return;
    }
    gates.forEach((gate, g) => {
      const gx = x + 16 + g * CELL;
      const low = py(Math.min(...gate.qubits)), high = py(Math.max(...gate.qubits));
      ctx.fillStyle = shade;
      ctx.fillRect(gx - 0.75, high, 1.5, low - high);
      for (const q of gate.qubits) drawGate(ctx, gx, py(q), gate.kind, shade, ink.panel);
      if (chosen[0] === f && chosen[1] === g) {
        ctx.strokeStyle = ink.blue;
        ctx.lineWidth = 2.5;
        ctx.strokeRect(gx - 9.5, top - 11, 19, (n - 1) * row + 22);
        ctx.lineWidth = 1;
        ctx.strokeStyle = shade;
      }
    });
    if (more) {
      ctx.fillStyle = shade;
      ctx.textAlign = "left";
      ctx.fillText(`+ ${more}`, x + 14 + gates.length * CELL, top + ((n - 1) * row) / 2);
    }
  });
}

/**
 * @param {Context} ctx
 * @param {number} x
 * @param {number} y
 * @param {string} kind
 * @param {string} shade
 * @param {string} paper
 */
function drawGate(ctx, x, y, kind, shade, paper) {
  if (kind === "cp") {
    ctx.beginPath();
    ctx.arc(x, y, 3, 0, 7);
    ctx.fill();
    return;
  }
  ctx.fillStyle = paper;
  ctx.fillRect(x - 6.5, y - 6.5, 13, 13);
  ctx.strokeStyle = shade;
  ctx.strokeRect(x - 6.5, y - 6.5, 13, 13);
  ctx.fillStyle = shade;
  ctx.textAlign = "center";
  ctx.fillText(kind === "h" ? "H" : "Z", x, y + 0.5);
}

/**
 * The phase of a gate on the grid as bars, the sum up to it, and what all of them make.
 * @param {Context} ctx @param {number} width @param {number} height
 * @param {import("./engine.js").Frame} frame
 * @param {number} index
 * @param {Lab} lab
 * @param {Style} style
 */
export function drawPhase(ctx, width, height, frame, index, lab, style) {
  const { ink, say } = style;
  const { size, n } = lab.grid;
  ctx.clearRect(0, 0, width, height);
  const left = 60, right = width - 12, top = 12, bottom = height - 24;
  /** Basis state of the j-th column: position, or wave number whose bits stand reversed. */
  const order = Array.from({ length: size }, (_, j) => {
    if (frame.name === "potential") return j;
    const k = (j + size / 2) % size;
    let reversed = 0;
    for (let q = 0; q < n; q++) if ((k >> q) & 1) reversed |= 1 << (n - 1 - q);
    return reversed;
  });
  const one = phaseOf(frame.gates[index], size);
  const sum = new Float64Array(size), all = new Float64Array(size);
  frame.gates.forEach((gate, g) => {
    const phase = phaseOf(gate, size);
    for (let j = 0; j < size; j++) {
      all[j] += phase[j];
      if (g <= index) sum[j] += phase[j];
    }
  });
  const most = Math.max(...all.map(Math.abs), ...sum.map(Math.abs), 1e-12);
  const column = (right - left) / size, middle = (top + bottom) / 2;
  /** @param {number} v */
  const py = (v) => middle - ((v / most) * (bottom - top)) / 2;
  ctx.font = `11.5px ${style.font}`;
  ctx.fillStyle = ink.muted;
  ctx.textAlign = "right";
  ctx.textBaseline = "middle";
  for (const v of [most, 0, -most]) ctx.fillText(short(v), left - 7, py(v));
  ctx.fillStyle = ink.blueSoft;
  order.forEach((state, j) => {
    const y = py(one[state]);
    const tall = Math.max(1, Math.abs(y - middle));
    ctx.fillRect(left + j * column, Math.min(y, middle), column + 0.3, tall);
  });
  /** @param {Float64Array} values @param {string} shade @param {number[]} dash */
  const line = (values, shade, dash) => {
    ctx.strokeStyle = shade;
    ctx.lineWidth = 2;
    ctx.setLineDash(dash);
    ctx.beginPath();
    order.forEach((state, j) => {
      ctx.lineTo(left + j * column, py(values[state]));
      ctx.lineTo(left + (j + 1) * column, py(values[state]));
    });
    ctx.stroke();
    ctx.setLineDash([]);
  };
  line(all, frame.name === "potential" ? ink.green : ink.amber, [5, 4]);
  line(sum, ink.text, []);
  ctx.fillStyle = ink.muted;
  ctx.textAlign = "center";
  ctx.textBaseline = "alphabetic";
  ctx.fillText(say(frame.name === "potential" ? "positionX" : "waveNumber"),
    (left + right) / 2, height - 6);
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

/** Warm what the first picture needs. */
export function prepare() {
  fftOf(512);
  makeGrid(-1, 1, 3);
}
