/**
 * The stage of two coordinates: zeta as contours, psi as an image of its phase and as dots.
 *
 * Maps are square, x to the right and y up, whatever the box is.
 */

import { contour, refinePlane } from "./plane.js";
import { PHASES, hatch, short } from "./view.js";
import { drawEnergy, drawLevels } from "./view-levels.js";

/** @typedef {import("./view.js").Context} Context */
/** @typedef {import("./view.js").Style} Style */
/** @typedef {import("./model.js").Lab} Lab */
/** @typedef {import("./field.js").Field} Field */
/** @typedef {{left: number, top: number, side: number}} Square */

/** Pixels along each side of an image of a wave, before it is scaled up. */
const PIXELS = 128;
/** Dots along each side, at most: smaller ones are grey. */
const DOTS = 32;

/**
 * Where the stage draws what: the wave, what a device would return where there is room, levels.
 * @param {number} width @param {number} height
 */
export function planeFrame(width, height) {
  const narrow = width < 560, top = 14, left = narrow ? 30 : 44;
  const tall = height - top - (narrow ? 24 : 30), room = width - left - (narrow ? 92 : 170);
  const two = room > 1.3 * tall, side = Math.min(tall, two ? (room - 40) / 2 : room);
  const from = left + (two ? 2 * side + 40 : side) + (narrow ? 12 : 24);
  return {
    narrow, wave: { left, top, side }, dots: two ? { left: left + side + 40, top, side } : null,
    ladder: { left: from, right: width - (narrow ? 34 : 74), top, bottom: top + side },
  };
}

/**
 * Ends of the axis of the levels.
 * @param {Lab} lab
 * @returns {[number, number]}
 */
export function planeAxis(lab) {
  const low = lab.range[0];
  const { energies } = lab.spectrum();
  const above = energies[Math.min(3, energies.length - 1)] - low;
  const energy = lab.wave.energy(lab.diffusion()) - low;
  const top = 1.15 * Math.max(above, energy < 4 * above ? energy : 0, 1e-3);
  return [low - 0.06 * top, low + top];
}

/**
 * @param {Context} ctx
 * @param {number} width
 * @param {number} height
 * @param {Lab} lab
 * @param {Style} style
 */
export function drawPlane(ctx, width, height, lab, style) {
  const { ink, say } = style;
  const field = /** @type {Field} */ (lab.field);
  const frame = planeFrame(width, height);
  ctx.clearRect(0, 0, width, height);
  ctx.font = `${frame.narrow ? 10 : 12}px ${style.font}`;
  const { wave } = lab;
  drawGoal(ctx, frame.wave, field, style);
  drawAmplitudes(ctx, frame.wave, field.grid, wave, style);
  drawContours(ctx, frame.wave, field, style);
  drawGround(ctx, frame.wave, lab, style);
  drawSides(ctx, frame.wave, style, field.boxes, say(frame.narrow ? "mapShort" : "mapWave"));
  if (frame.dots) {
    drawGoal(ctx, frame.dots, field, style);
    drawContours(ctx, frame.dots, field, style);
    drawDots(ctx, frame.dots, wave.probabilities(), field.grid.side, style.density, ink.text, 1);
    if (lab.shots) {
      const most = Math.max(...lab.counts);
      drawDots(ctx, frame.dots, lab.counts, field.grid.side, most, ink.blue, 0.75);
    }
    drawSides(ctx, frame.dots, style, field.boxes, say("mapDots"));
  }
  drawPlaneLadder(ctx, frame, lab, style, height);
}

/**
 * Amplitudes as an image: phase as colour, |psi| as strength, dark fronts where the phase is 0.
 * @param {Context} ctx
 * @param {Square} square
 * @param {import("./plane.js").Plane} grid
 * @param {import("./engine.js").Wave} wave
 * @param {Style} style
 */
function drawAmplitudes(ctx, square, grid, wave, style) {
  const [re, im] = refinePlane(grid, wave.re, wave.im, PIXELS);
  drawPhases(ctx, square, re, im, style.density, wave.phase);
}

/**
 * @param {Context} ctx
 * @param {Square} square
 * @param {Float64Array} re
 * @param {Float64Array} im
 * @param {number} most |psi|^2 that is drawn in full strength
 * @param {number} phase that everything is turned by
 */
export function drawPhases(ctx, square, re, im, most, phase) {
  const side = Math.sqrt(re.length), image = new ImageData(side, side), { data } = image;
  const c = Math.cos(phase), s = Math.sin(phase), count = PHASES.length;
  for (let p = 0; p < re.length; p++) {
    [re[p], im[p]] = [re[p] * c - im[p] * s, re[p] * s + im[p] * c];
  }
  for (let i = 0; i < side; i++) {
    for (let j = 0; j < side; j++) {
      const p = i * side + j, a = re[p], b = im[p];
      const strength = Math.min(1, Math.sqrt((a * a + b * b) / most));
      if (strength < 0.02) continue;
      const turn = Math.floor((Math.atan2(b, a) / (2 * Math.PI) + 1) * count) % count;
      const shade = front(im, p, side, a) ? FRONT : PHASES[turn];
      const to = 4 * ((side - 1 - j) * side + i);
      data[to] = shade[0];
      data[to + 1] = shade[1];
      data[to + 2] = shade[2];
      data[to + 3] = 255 * strength;
    }
  }
  const sheet = sheetOf(side);
  /** @type {OffscreenCanvasRenderingContext2D} */ (sheet.getContext("2d"))
    .putImageData(image, 0, 0);
  ctx.imageSmoothingEnabled = true;
  ctx.drawImage(sheet, square.left, square.top, square.side, square.side);
}

/** Colour of fronts, on light and on dark. */
const FRONT = [20, 24, 34];

/**
 * Whether the phase passes 0 between a point and the next one along x or y: a front.
 *
 * Less of a turn than this is rounding, or a state that stands still.
 * @param {Float64Array} im @param {number} p @param {number} side @param {number} re
 */
function front(im, p, side, re) {
  if (re <= 0) return false;
  return [p + 1, p + side].some((q) =>
    q < im.length && im[p] * im[q] < 0 && Math.abs(im[p] - im[q]) > 0.03 * re);
}

/** @type {Map<number, OffscreenCanvas>} scratch paper, one sheet of a size */
const sheets = new Map();

/** @param {number} side @returns {OffscreenCanvas} */
function sheetOf(side) {
  const sheet = sheets.get(side) ?? new OffscreenCanvas(side, side);
  sheets.set(side, sheet);
  return sheet;
}

/** @param {Context} ctx @param {Square} square @param {Field} field @param {Style} style */
function drawContours(ctx, square, field, style) {
  const { contours } = field;
  ctx.strokeStyle = style.ink.contour;
  contours.forEach((pieces, level) => {
    ctx.lineWidth = level < 2 ? 1.6 : 0.9;
    ctx.globalAlpha = level < 2 ? 1 : 0.75;
    strokePieces(ctx, square, pieces);
  });
  ctx.globalAlpha = 1;
}

/** @param {Context} ctx @param {Square} square @param {ArrayLike<number>} pieces */
function strokePieces(ctx, { left, top, side }, pieces) {
  ctx.beginPath();
  for (let j = 0; j < pieces.length; j += 4) {
    ctx.moveTo(left + pieces[j] * side, top + side - pieces[j + 1] * side);
    ctx.lineTo(left + pieces[j + 2] * side, top + side - pieces[j + 3] * side);
  }
  ctx.stroke();
}

/** The ground state at the D of now: dashed where |psi|^2 is half of its largest value. */
function drawGround(/** @type {Context} */ ctx, /** @type {Square} */ square,
  /** @type {Lab} */ lab, /** @type {Style} */ style) {
  const [state] = lab.spectrum().states;
  const { side } = /** @type {Field} */ (lab.field).grid;
  const p = state.map((a) => a * a);
  let most = 0;
  for (const value of p) most = Math.max(most, value);
  const pieces = contour(p, side, most / 2);
  ctx.strokeStyle = style.ink.green;
  ctx.lineWidth = 2.2;
  ctx.setLineDash([5, 4]);
  for (const chain of chains(pieces)) {
    ctx.beginPath();
    for (const [u, v] of chain) {
      // Points of the grid stand at the lower ends of their cells.
      const scale = (side - 1) / side;
      ctx.lineTo(square.left + u * scale * square.side,
        square.top + square.side - v * scale * square.side);
    }
    ctx.stroke();
  }
  ctx.setLineDash([]);
}

/**
 * Pieces of a contour in a row, so that dashes go on from one to the next.
 * @param {ArrayLike<number>} pieces
 */
function chains(pieces) {
  const key = (/** @type {number} */ u, /** @type {number} */ v) =>
    `${Math.round(u * 1e6)},${Math.round(v * 1e6)}`;
  /** @type {Map<string, number[]>} */
  const at = new Map();
  for (let j = 0; j < pieces.length; j += 4) {
    for (const end of [0, 2]) {
      const name = key(pieces[j + end], pieces[j + end + 1]);
      at.set(name, [...(at.get(name) ?? []), j]);
    }
  }
  const used = new Set();
  const result = [];
  for (let first = 0; first < pieces.length; first += 4) {
    if (used.has(first)) continue;
    const chain = [[pieces[first], pieces[first + 1]]];
    for (let j = /** @type {number | undefined} */ (first); j !== undefined; ) {
      used.add(j);
      const [u, v] = chain[chain.length - 1];
      const forward = key(pieces[j], pieces[j + 1]) === key(u, v);
      const next = forward ? [pieces[j + 2], pieces[j + 3]] : [pieces[j], pieces[j + 1]];
      chain.push(next);
      j = at.get(key(next[0], next[1]))?.find((one) => !used.has(one));
    }
    result.push(chain);
  }
  return result;
}

/** The success windows. */
function drawGoal(/** @type {Context} */ ctx, /** @type {Square} */ { left, top, side },
  /** @type {Field} */ field, /** @type {Style} */ style) {
  for (const [x, y] of field.minimizers) {
    const [[x0, x1], [y0, y1]] = field.boxes;
    const u = left + ((x - x0) / (x1 - x0)) * side;
    const v = top + side - ((y - y0) / (y1 - y0)) * side;
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, top, side, side);
    ctx.clip();
    ctx.beginPath();
    ctx.arc(u, v, 0.1 * side, 0, 7);
    ctx.fillStyle = style.ink.window;
    ctx.fill();
    ctx.clip();
    hatch(ctx, u - 0.1 * side, v - 0.1 * side, 0.2 * side, 0.2 * side, style.ink.windowLine);
    ctx.restore();
  }
}

/**
 * Values as dots whose area they are.
 * @param {Context} ctx
 * @param {Square} square
 * @param {ArrayLike<number>} values of the points of a plane
 * @param {number} side points along each side
 * @param {number} most value of a dot that fills its cell
 * @param {string} shade
 * @param {number} share of the cell that it fills
 */
export function drawDots(ctx, square, values, side, most, shade, share) {
  const block = Math.max(1, side / DOTS), count = side / block;
  const cell = square.side / count;
  ctx.fillStyle = shade;
  ctx.beginPath();
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < count; j++) {
      let sum = 0;
      for (let a = 0; a < block; a++) {
        for (let b = 0; b < block; b++) sum += values[(i * block + a) * side + j * block + b];
      }
      const radius = share * (cell / 2) * Math.sqrt(Math.min(1, sum / (most * block * block)));
      if (radius < 0.35) continue;
      const middle = 0.5 * (1 - 1 / block); // a point stands at the lower end of its cell
      const x = square.left + (i + middle) * cell;
      const y = square.top + square.side - (j + middle) * cell;
      ctx.moveTo(x + radius, y);
      ctx.arc(x, y, radius, 0, 7);
    }
  }
  ctx.fill();
}

/**
 * The lowest levels, with the share of the state in each, and the mean energy.
 * @param {Context} ctx
 * @param {ReturnType<typeof planeFrame>} frame
 * @param {Lab} lab
 * @param {Style} style
 * @param {number} height
 */
function drawPlaneLadder(ctx, { narrow, ladder }, lab, style, height) {
  const { ink, say } = style, { left, top, bottom } = ladder;
  const [low, high] = style.axis;
  /** @param {number} e */
  const py = (e) => bottom - ((e - low) / (high - low)) * (bottom - top);
  drawLevels(ctx, { ...ladder, narrow }, lab, style, py);
  const y = drawEnergy(ctx, ladder, lab, style, py);
  ctx.fillText("⟨H⟩", left, y < top + 16 ? y + 11 : y - 9);
  ctx.fillStyle = ink.muted;
  ctx.textBaseline = "alphabetic";
  ctx.fillText(say(narrow ? "levelsShort" : "levels"), left, Math.min(height - 6, bottom + 14));
}

/**
 * Amplitudes by momentum, as far out as there are any, with contours of D k^2.
 * @param {Context} ctx @param {number} width @param {number} height @param {Lab} lab
 * @param {Style} style
 */
export function drawPlaneMomentum(ctx, width, height, lab, style) {
  const { grid } = /** @type {Field} */ (lab.field), { side } = grid;
  ctx.clearRect(0, 0, width, height);
  const square = squareIn(width, height);
  const [re, im] = lab.wave.momenta();
  const order = (/** @type {number} */ i) => (i < side / 2 ? i : i - side);
  let reach = 4, most = 0;
  re.forEach((a, p) => {
    const power = a * a + im[p] * im[p];
    most = Math.max(most, power);
    const far = Math.max(Math.abs(order(Math.floor(p / side))), Math.abs(order(p % side)));
    while (power > 1e-4 && far >= reach && reach < side / 2) reach *= 2;
  });
  const a = new Float64Array(4 * reach * reach), b = new Float64Array(a.length);
  a.forEach((_, p) => {
    const i = (Math.floor(p / (2 * reach)) - reach + side) % side;
    const from = i * side + (((p % (2 * reach)) - reach + side) % side);
    a[p] = re[from];
    b[p] = im[from];
  });
  drawPhases(ctx, square, a, b, most, lab.wave.phase);
  ctx.strokeStyle = style.ink.amber;
  ctx.lineWidth = 1.4;
  ctx.setLineDash([4, 3]);
  for (const share of [0.25, 0.5, 0.75, 1]) {
    ctx.beginPath();
    ctx.arc(square.left + square.side / 2, square.top + square.side / 2,
      (square.side / 2) * Math.sqrt(share), 0, 7);
    ctx.stroke();
  }
  ctx.setLineDash([]);
  ctx.font = `11.5px ${style.font}`;
  const ends = grid.axes.map(({ kMax }) => [-1, 1].map((sign) => (sign * kMax * 2 * reach) / side));
  drawSides(ctx, square, style, ends, "k₁", "k₂");
}

/**
 * Shots as dots over the contours.
 * @param {Context} ctx @param {number} width @param {number} height @param {Lab} lab
 * @param {Style} style
 * @param {{j: number, fall: number}[]} [falling]
 */
export function drawPlaneShots(ctx, width, height, lab, style, falling = []) {
  const field = /** @type {Field} */ (lab.field), { side } = field.grid;
  ctx.clearRect(0, 0, width, height);
  const square = squareIn(width, height);
  ctx.font = `11.5px ${style.font}`;
  drawGoal(ctx, square, field, style);
  drawContours(ctx, square, field, style);
  if (lab.shots) {
    drawDots(ctx, square, lab.counts, side, Math.max(...lab.counts), style.ink.blue, 1);
  }
  ctx.strokeStyle = style.ink.blue;
  ctx.lineWidth = 1.5;
  for (const { j, fall } of falling) {
    const x = square.left + ((Math.floor(j / side) + 0.5) / side) * square.side;
    const y = square.top + square.side - (((j % side) + 0.5) / side) * square.side;
    ctx.beginPath();
    ctx.arc(x, y, 2 + 14 * Math.max(0, Math.min(1, fall)), 0, 7);
    ctx.stroke();
  }
  drawSides(ctx, square, style, field.boxes, "x", "y");
}

/** @param {number} width @param {number} height @returns {Square} */
function squareIn(width, height) {
  const side = Math.min(width - 76, height - 30);
  return { left: (width - side) / 2, top: 8, side };
}

/**
 * Frame of a map with the ends of its sides, and what is to stand below and on the left.
 * @param {Context} ctx @param {Square} square @param {Style} style
 * @param {number[][]} ends @param {string} below @param {string} [beside]
 */
function drawSides(ctx, { left, top, side }, style, [[x0, x1], [y0, y1]], below, beside = "") {
  ctx.strokeStyle = style.ink.line;
  ctx.lineWidth = 1;
  ctx.strokeRect(left + 0.5, top + 0.5, side - 1, side - 1);
  ctx.fillStyle = style.ink.muted;
  ctx.textBaseline = "alphabetic";
  ctx.textAlign = "left";
  ctx.fillText(short(x0), left, top + side + 14);
  ctx.textAlign = "center";
  ctx.fillText(below, left + side / 2, top + side + 14);
  ctx.textAlign = "right";
  ctx.fillText(short(x1), left + side, top + side + 14);
  ctx.fillText(short(y1), left - 5, top + 10);
  ctx.fillText(beside, left - 5, top + side / 2);
  ctx.fillText(short(y0), left - 5, top + side);
}
