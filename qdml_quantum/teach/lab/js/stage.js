/** What the hand does on the stage: packets, throws, the diamond, the landscape that is drawn. */

import { Hand } from "./hand.js";
import { DRAWN, rounded } from "./model.js";
import { planeFrame } from "./view-plane.js";
import { handleOf, stageFrame } from "./view-stage.js";

/** @typedef {import("./hand.js").Moment} Moment */

/** Pointers and keys of the stage. */
export class Stage {
  /** @param {import("./widget.js").Widget} widget */
  constructor(widget) {
    this.widget = widget;
    this.hand = new Hand(widget);
  }

  bind() {
    const { widget, hand } = this;
    const stage = widget.get(".stage");
    /** @type {{kind: string, from: number, shift: number, path: Moment[]} | null} */
    let drag = null;
    stage.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
      if (widget.ui.locked) return;
      const { at, near } = this.point(event);
      const kind = widget.ui.drawing ? "draw" : near ? "shift" : "packet";
      drag = { kind, from: at[0], shift: widget.lab.settings.shift, path: [] };
      stage.setPointerCapture(event.pointerId);
      if (kind === "draw") this.beginDrawing();
      move(event);
    });
    const move = (/** @type {PointerEvent} */ event) => {
      if (!drag) return;
      const { at, energy } = this.point(event);
      if (drag.kind === "draw") this.drawAt({ x: at[0], energy }, drag.path);
      else if (drag.kind === "shift") this.shiftBy(drag.shift + at[0] - drag.from);
      else hand.put(at);
      drag.path.push({ at, t: event.timeStamp });
    };
    stage.addEventListener("pointermove", move);
    stage.addEventListener("pointerup", (/** @type {PointerEvent} */ event) => {
      if (drag?.kind === "packet") hand.throwPacket(drag.path, event.timeStamp);
      drag = null;
    });
    stage.addEventListener("pointercancel", () => (drag = null));
    stage.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.key === " ") widget.toggle();
      else if (!hand.arrow(event)) return;
      event.preventDefault();
      event.stopPropagation();
    });
  }

  /**
   * Where an event is in the box; on a line also its energy, and whether the diamond is near.
   * @param {PointerEvent} event
   * @returns {{at: number[], energy: number, near: boolean}}
   */
  point(event) {
    const { widget } = this;
    const box = widget.get(".stage").getBoundingClientRect();
    const { lower, upper, lowerY, upperY } = widget.lab.settings;
    const px = event.clientX - box.left, py = event.clientY - box.top;
    const inside = (/** @type {number} */ share) => Math.min(0.9999, Math.max(0, share));
    if (widget.lab.field) {
      const { wave, dots } = planeFrame(box.width, box.height);
      const { left, top, side } = dots && px > dots.left - 20 ? dots : wave;
      const x = lower + inside((px - left) / side) * (upper - lower);
      const y = lowerY + inside((top + side - py) / side) * (upperY - lowerY);
      return { at: [x, y], energy: 0, near: false };
    }
    const frame = stageFrame(box.width, box.height);
    const [low, high] = widget.axis;
    const [wide, tall] = [frame.right - frame.left, frame.bottom - frame.top];
    const handle = handleOf(widget.lab);
    const hx = frame.left + ((handle.x - lower) / (upper - lower)) * wide;
    const hy = frame.bottom - ((handle.zeta - low) / (high - low)) * tall;
    const shown = Math.min(Math.max(hy, frame.top + 8), frame.bottom - 8);
    return {
      at: [lower + inside((px - frame.left) / wide) * (upper - lower)],
      energy: low + ((frame.bottom - py) / tall) * (high - low),
      near: Math.hypot(px - hx, py - shown) < 20,
    };
  }

  /** @param {number} shift */
  shiftBy(shift) {
    const { widget } = this;
    const { lower, upper } = widget.lab.settings;
    const length = upper - lower;
    widget.apply({ shift: rounded(shift - length * Math.round(shift / length)) });
  }

  /** Samples of the landscape of now, between ends that have room. */
  beginDrawing() {
    const { widget } = this;
    const { lower, upper, drawn } = widget.lab.settings;
    if (drawn) return;
    const [low, high] = [rounded(widget.axis[0]), rounded(widget.axis[1])];
    const points = Array.from({ length: DRAWN }, (_, j) => lower + ((upper - lower) * j) / DRAWN);
    const heights = Array.from(widget.lab.landscape(points), (value) =>
      Math.round(255 * Math.min(1, Math.max(0, (value - low) / (high - low)))));
    widget.apply({ drawn: heights, low, high, shift: 0 });
  }

  /** @param {{x: number, energy: number}} at @param {Moment[]} path */
  drawAt(at, path) {
    const { widget } = this;
    const { lower, upper, low, high } = widget.lab.settings;
    const drawn = /** @type {number[]} */ (widget.lab.settings.drawn).slice();
    const to = Math.floor((DRAWN * (at.x - lower)) / (upper - lower));
    const before = path.length ? path[path.length - 1].at[0] : at.x;
    const from = Math.floor((DRAWN * (before - lower)) / (upper - lower));
    const height = Math.round(255 * Math.min(1, Math.max(0, (at.energy - low) / (high - low))));
    const old = drawn[from];
    const span = Math.abs(to - from);
    for (let j = 0; j <= span; j++) {
      const share = span ? j / span : 1;
      const index = from + Math.sign(to - from) * j;
      drawn[index] = Math.round((span ? old : height) * (1 - share) + height * share);
    }
    widget.apply({ drawn });
  }
}
