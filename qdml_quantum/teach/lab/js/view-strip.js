/** The strip: D(t), what it reaches, and the gap at every D. */

import { curveAt } from "./engine.js";
import { D_MAX, D_MIN, diffusionOf } from "./model.js";
import { stroke } from "./view.js";

/** @typedef {import("./view.js").Context} Context */
/** @typedef {import("./view.js").Style} Style */
/** @typedef {import("./model.js").Lab} Lab */

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
    stroke(ctx, ink.faint, 1, () => {
      ctx.moveTo(left, y);
      ctx.lineTo(right, y);
    });
    ctx.fillStyle = ink.muted;
    if (!narrow || D !== 3) ctx.fillText(`${D}`, left - 7, y);
  }
  /** @param {number} s */
  const px = (s) => left + s * (right - left);
  /** @param {"ground" | "success"} key @param {string} shade @param {number[]} dash */
  const trace = (key, shade, dash) => {
    stroke(ctx, shade, 1.6, () => {
      for (const point of lab.trace) ctx.lineTo(px(point.s), bottom - point[key] * (bottom - top));
    }, dash);
  };
  trace("ground", ink.green, [6, 4]);
  if (lab.hasGoal) trace("success", ink.blue, [2, 3]);
  const values = knots.map(diffusionOf);
  ctx.globalAlpha = mode === "curve" ? 1 : 0.4;
  stroke(ctx, ink.amber, 2.4, () => {
    values.forEach((D, j) => ctx.lineTo(px(j / (values.length - 1)), stripY(frame, D)));
  });
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
    stroke(ctx, ink.text, 1.5, () => {
      ctx.moveTo(x, top - 6);
      ctx.lineTo(x, bottom + 4);
    });
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
    // On a plane they are made from high D to low, so that the first of them are missing.
    const first = lab.field ? 41 - gaps.length : 0;
    /** @param {number} j */
    const y = (j) => stripY(frame, diffusionOf(6 * (first + j)));
    ctx.moveTo(a, y(0));
    gaps.forEach((gap, j) => {
      const share = (Math.log(Math.max(gap, 1e-4)) - low) / Math.max(high - low, 1e-9);
      ctx.lineTo(a + share * (b - a), y(j));
    });
    ctx.lineTo(a, y(gaps.length - 1));
    ctx.fill();
  }
  const y = stripY(frame, lab.diffusion());
  stroke(ctx, style.ink.text, 1.5, () => {
    ctx.moveTo(a, y);
    ctx.lineTo(b, y);
  });
}
