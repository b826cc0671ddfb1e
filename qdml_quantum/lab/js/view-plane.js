/**
 * The stage of two coordinates: zeta as contours, psi as an image of its phase and as dots.
 *
 * Maps are square, x to the right and y up, whatever the box is.
 */

import { contour, refinePlane } from "./plane.js";
import { PHASES, hatch, short } from "./view.js";

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
  const narrow = width < 560;
  const top = 14, side = Math.min(height - top - (narrow ? 24 : 30), width - (narrow ? 120 : 250));
  const left = narrow ? 30 : 44, other = left + side + 40;
  const ladder = narrow ? left + side + 12 : width - 146;
  const room = ladder - 24 - other;
  return {
    narrow, wave: { left, top, side },
    dots: room > 0.6 * side ? { left: other, top, side: Math.min(side, room) } : null,
    ladder: { left: ladder, right: width - (narrow ? 34 : 74), top, bottom: top + side },
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
  drawBox(ctx, frame.wave, field, style, say(frame.narrow ? "mapShort" : "mapWave"));
  if (frame.dots) {
    drawGoal(ctx, frame.dots, field, style);
    drawContours(ctx, frame.dots, field, style);
    drawDots(ctx, frame.dots, wave.probabilities(), field.grid.side, style.density, ink.text, 1);
    if (lab.shots) {
      const most = Math.max(...lab.counts);
      drawDots(ctx, frame.dots, lab.counts, field.grid.side, most, ink.blue, 0.75);
    }
    drawBox(ctx, frame.dots, field, style, say("mapDots"));
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
  const side = Math.sqrt(re.length), image = new ImageData(side, side);
  const { data } = image;
  const turn = (phase / (2 * Math.PI)) * PHASES.length;
  for (let i = 0; i < side; i++) {
    for (let j = 0; j < side; j++) {
      const p = i * side + j, size = re[p] * re[p] + im[p] * im[p];
      const strength = Math.min(1, Math.sqrt(size / most));
      if (strength < 0.02) continue;
      const angle = (Math.atan2(im[p], re[p]) / (2 * Math.PI) + 1) * PHASES.length + turn;
      const at = ((Math.floor(angle) % PHASES.length) + PHASES.length) % PHASES.length;
      const shade = PHASES[at], to = 4 * ((side - 1 - j) * side + i);
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

/** Frame and ends of a map, and what it shows. */
function drawBox(/** @type {Context} */ ctx, /** @type {Square} */ { left, top, side },
  /** @type {Field} */ field, /** @type {Style} */ style, /** @type {string} */ title) {
  const [[x0, x1], [y0, y1]] = field.boxes;
  ctx.strokeStyle = style.ink.line;
  ctx.lineWidth = 1;
  ctx.strokeRect(left + 0.5, top + 0.5, side - 1, side - 1);
  ctx.fillStyle = style.ink.muted;
  ctx.textBaseline = "alphabetic";
  ctx.textAlign = "left";
  ctx.fillText(short(x0), left, top + side + 14);
  ctx.textAlign = "right";
  ctx.fillText(short(x1), left + side, top + side + 14);
  ctx.fillText(short(y1), left - 5, top + 10);
  ctx.fillText(short(y0), left - 5, top + side);
  ctx.textAlign = "center";
  ctx.fillText(title, left + side / 2, top + side + 14);
}

/**
 * The lowest levels, with the share of the state in each, and the mean energy.
 * @param {Context} ctx
 * @param {ReturnType<typeof planeFrame>} frame
 * @param {Lab} lab
 * @param {Style} style
 * @param {number} height
 */
function drawPlaneLadder(ctx, { narrow, ladder, wave }, lab, style, height) {
  const { ink, say } = style, { left, right, top, bottom } = ladder;
  const [low, high] = style.axis;
  const { energies, states } = lab.spectrum();
  /** @param {number} e */
  const py = (e) => bottom - ((e - low) / (high - low)) * (bottom - top);
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
    const bar = share > 5e-4 ? Math.max(1, share * (right - left)) : 0;
    ctx.fillRect(left, y - 4, bar, 8);
    if (j === 0) hatch(ctx, left, y - 4, bar, 8, ink.panel);
    if (last - y < 13) return;
    last = y;
    ctx.fillStyle = ink.text;
    const sub = String.fromCharCode(0x2080 + j);
    ctx.fillText(narrow ? `E${sub}` : `E${sub}  ${(100 * share).toFixed(0)} %`, right + 7, y);
  });
  const y = Math.min(Math.max(py(lab.wave.energy(lab.diffusion())), top), bottom);
  ctx.strokeStyle = ctx.fillStyle = ink.blue;
  ctx.lineWidth = 1.4;
  ctx.setLineDash([2, 4]);
  ctx.beginPath();
  ctx.moveTo(left, y);
  ctx.lineTo(right, y);
  ctx.stroke();
  ctx.setLineDash([]);
  ctx.fillText("⟨H⟩", left, y < top + 16 ? y + 11 : y - 9);
  ctx.fillStyle = ink.muted;
  ctx.textBaseline = "alphabetic";
  ctx.fillText(say(narrow ? "levelsShort" : "levels"), left,
    Math.min(height - 6, wave.top + wave.side + 14));
}

/**
 * Amplitudes by momentum, with the circle of half the largest wave number.
 * @param {Context} ctx @param {number} width @param {number} height @param {Lab} lab
 * @param {Style} style
 */
export function drawPlaneMomentum(ctx, width, height, lab, style) {
  const { grid } = /** @type {Field} */ (lab.field), { side } = grid;
  ctx.clearRect(0, 0, width, height);
  const square = squareIn(width, height);
  const [re, im] = lab.wave.momenta();
  const a = new Float64Array(re.length), b = new Float64Array(re.length);
  let most = 0;
  for (let i = 0; i < side; i++) {
    for (let j = 0; j < side; j++) {
      const to = i * side + j;
      const from = ((i + side / 2) % side) * side + ((j + side / 2) % side);
      a[to] = re[from];
      b[to] = im[from];
      most = Math.max(most, a[to] * a[to] + b[to] * b[to]);
    }
  }
  drawPhases(ctx, square, a, b, most, lab.wave.phase);
  ctx.strokeStyle = style.ink.amber;
  ctx.lineWidth = 1.6;
  ctx.setLineDash([4, 3]);
  ctx.beginPath();
  ctx.arc(square.left + square.side / 2, square.top + square.side / 2, square.side / 4, 0, 7);
  ctx.stroke();
  ctx.setLineDash([]);
  drawSides(ctx, square, style, grid.axes.map((axis) => [-axis.kMax, axis.kMax]), "k");
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
  drawGoal(ctx, square, field, style);
  drawContours(ctx, square, field, style);
  if (lab.shots) drawDots(ctx, square, lab.counts, side, Math.max(...lab.counts), style.ink.blue, 1);
  ctx.strokeStyle = style.ink.blue;
  ctx.lineWidth = 1.5;
  for (const { j, fall } of falling) {
    const x = square.left + ((Math.floor(j / side) + 0.5) / side) * square.side;
    const y = square.top + square.side - (((j % side) + 0.5) / side) * square.side;
    ctx.beginPath();
    ctx.arc(x, y, 2 + 14 * Math.max(0, Math.min(1, fall)), 0, 7);
    ctx.stroke();
  }
  drawSides(ctx, square, style, field.boxes, "xy");
}

/** @param {number} width @param {number} height @returns {Square} */
function squareIn(width, height) {
  const side = Math.min(width - 76, height - 30);
  return { left: (width - side) / 2, top: 8, side };
}

/** Frame of a small map, with the ends of its sides. */
function drawSides(/** @type {Context} */ ctx, /** @type {Square} */ { left, top, side },
  /** @type {Style} */ style, /** @type {number[][]} */ ends, /** @type {string} */ names) {
  const [[x0, x1], [y0, y1]] = ends;
  const [nameX, nameY] = names === "k" ? ["k₁", "k₂"] : [...names];
  ctx.strokeStyle = style.ink.line;
  ctx.lineWidth = 1;
  ctx.strokeRect(left + 0.5, top + 0.5, side - 1, side - 1);
  ctx.font = `11.5px ${style.font}`;
  ctx.fillStyle = style.ink.muted;
  ctx.textBaseline = "alphabetic";
  ctx.textAlign = "left";
  ctx.fillText(short(x0), left, top + side + 14);
  ctx.textAlign = "center";
  ctx.fillText(nameX, left + side / 2, top + side + 14);
  ctx.textAlign = "right";
  ctx.fillText(short(x1), left + side, top + side + 14);
  ctx.fillText(short(y1), left - 5, top + 10);
  ctx.fillText(nameY, left - 5, top + side / 2);
  ctx.fillText(short(y0), left - 5, top + side);
}
