/** The circuit of one step, and the phase that a gate writes. */

import { phaseOf } from "./engine.js";
import { short, stroke } from "./view.js";

/** @typedef {import("./view.js").Context} Context */
/** @typedef {import("./view.js").Style} Style */
/** @typedef {import("./model.js").Lab} Lab */

/** Gates that are shown of the potential before it is unfolded. */
export const FEW = 12;
const CELL = 19;

/** Pixels that the longest name of a frame takes, whose gates may be few or none. */
const TITLE = 140;

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
    const width = folded ? 72 : Math.max(TITLE, gates.length * CELL + (more ? 54 : 16));
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
    stroke(ctx, shade, 2, () => {
      order.forEach((state, j) => {
        ctx.lineTo(left + j * column, py(values[state]));
        ctx.lineTo(left + (j + 1) * column, py(values[state]));
      });
    }, dash);
  };
  line(all, frame.name === "potential" ? ink.green : ink.amber, [5, 4]);
  line(sum, ink.text, []);
  ctx.fillStyle = ink.muted;
  ctx.textAlign = "center";
  ctx.textBaseline = "alphabetic";
  ctx.fillText(say(frame.name === "potential" ? "positionX" : "waveNumber"),
    (left + right) / 2, height - 6);
}
