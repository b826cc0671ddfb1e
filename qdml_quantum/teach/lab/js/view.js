/**
 * Pictures: functions of (context, width, height, lab, style) that draw and remember nothing.
 *
 * A `Style` is the colours of the page and its words; every colour has a second cue.
 */

/** @typedef {CanvasRenderingContext2D} Context */
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
/** Red, green and blue of 96 phases, from 0 on. */
export const PHASES = Array.from({ length: 96 }, (_, j) => {
  const at = (j / 96) * 4, left = Math.floor(at), part = at - left;
  return CIRCLE[left].map((a, c) => Math.round(a + (CIRCLE[(left + 1) % 4][c] - a) * part));
});
const COLOURS = PHASES.map((mix) => `rgb(${mix.join(",")})`);

/** @param {number} re @param {number} im */
export const colour = (re, im) =>
  COLOURS[Math.floor((Math.atan2(im, re) / (2 * Math.PI) + 1) * 96) % 96];

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
export function niceStep(range, most) {
  const rough = range / most, power = 10 ** Math.floor(Math.log10(rough));
  return power * (rough / power > 5 ? 10 : rough / power > 2 ? 5 : rough / power > 1 ? 2 : 1);
}

/**
 * A line along a path, dashed where that is said.
 * @param {Context} ctx
 * @param {string} shade
 * @param {number} width
 * @param {() => void} path
 * @param {number[]} [dash]
 */
export function stroke(ctx, shade, width, path, dash = []) {
  ctx.strokeStyle = shade;
  ctx.lineWidth = width;
  ctx.setLineDash(dash);
  ctx.beginPath();
  path();
  ctx.stroke();
  ctx.setLineDash([]);
}

/** A dotted line: a mean energy, or what noise or chance alone would give. */
export function drawLevel(/** @type {Context} */ ctx, /** @type {number} */ left,
  /** @type {number} */ right, /** @type {number} */ y, /** @type {string} */ shade) {
  stroke(ctx, shade, 1.4, () => {
    ctx.moveTo(left, y);
    ctx.lineTo(right, y);
  }, [2, 4]);
}

/** Slanted lines: what a colour means, without it. */
export function hatch(/** @type {Context} */ ctx, /** @type {number} */ x, /** @type {number} */ y,
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
