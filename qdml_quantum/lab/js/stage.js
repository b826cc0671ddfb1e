/** What the hand does on the stage: packets, throws, the diamond, the landscape that is drawn. */

import { PlaneHand } from "./hand-plane.js";
import { DRAWN, levelOf, rounded } from "./model.js";
import { handleOf, stageFrame } from "./view-stage.js";

/** Pointers and keys of the stage. */
export class Stage {
  /** @param {import("./widget.js").Widget} widget */
  constructor(widget) {
    this.widget = widget;
    this.plane = new PlaneHand(widget);
  }

  bind() {
    const { widget } = this;
    const stage = widget.get(".stage");
    /** @typedef {{x: number, t: number}} Moment */
    /** @type {{kind: string, from: number, shift: number, path: Moment[]} | null} */
    let drag = null;
    stage.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
      if (widget.ui.locked) return;
      if (widget.lab.field) {
        stage.setPointerCapture(event.pointerId);
        return this.plane.down(event);
      }
      const at = this.point(event);
      const near = Math.hypot(at.px - at.handle.px, at.py - at.handle.py) < 20;
      const kind = widget.ui.drawing ? "draw" : near ? "shift" : "packet";
      drag = { kind, from: at.x, shift: widget.lab.settings.shift, path: [] };
      stage.setPointerCapture(event.pointerId);
      if (kind === "draw") this.beginDrawing();
      move(event);
    });
    const move = (/** @type {PointerEvent} */ event) => {
      if (widget.lab.field) return this.plane.move(event);
      if (!drag) return;
      const at = this.point(event);
      if (drag.kind === "draw") this.drawAt(at, drag.path);
      else if (drag.kind === "shift") this.shiftBy(drag.shift + at.x - drag.from);
      else this.putPacket(at.x);
      drag.path.push({ x: at.x, t: event.timeStamp });
    };
    stage.addEventListener("pointermove", move);
    stage.addEventListener("pointerup", (/** @type {PointerEvent} */ event) => {
      if (widget.lab.field) return this.plane.up(event);
      if (drag?.kind === "packet") this.throwPacket(drag.path, event.timeStamp);
      drag = null;
    });
    stage.addEventListener("pointercancel", () => (drag = this.plane.path = null));
    stage.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.key(event));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const { widget } = this;
    if (event.key === " ") widget.toggle();
    else if (!(widget.lab.field ? this.plane.key(event) : this.arrow(event))) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Left and right move the packet, up and down push it. @param {KeyboardEvent} event */
  arrow(event) {
    const { widget } = this;
    const { center, momentum, lower, upper, start } = widget.lab.settings;
    const length = upper - lower, unit = (2 * Math.PI) / length;
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[
      event.key];
    if (!by) return false;
    if (start !== "packet") widget.apply({ start: "packet", ...widget.fitting(lower, upper) });
    else if (by[0]) this.putPacket(center + (by[0] * length) / 50, momentum);
    else widget.apply({ momentum: this.held(momentum + by[1] * unit) });
    return true;
  }

  /** A momentum that a link may hold. @param {number} momentum */
  held(momentum) {
    const most = Math.min(200, 0.95 * this.widget.lab.grid.kMax);
    return rounded(Math.min(most, Math.max(-most, momentum)));
  }

  /** @param {PointerEvent} event */
  point(event) {
    const { widget } = this;
    const box = widget.get(".stage").getBoundingClientRect();
    const frame = stageFrame(box.width, box.height);
    const { lower, upper } = widget.lab.settings;
    const [low, high] = widget.axis;
    const px = event.clientX - box.left, py = event.clientY - box.top;
    const share = (px - frame.left) / (frame.right - frame.left);
    const handle = handleOf(widget.lab);
    const toY = (/** @type {number} */ e) =>
      frame.bottom - ((e - low) / (high - low)) * (frame.bottom - frame.top);
    return {
      px, py, x: lower + Math.min(0.9999, Math.max(0, share)) * (upper - lower),
      energy: low + ((frame.bottom - py) / (frame.bottom - frame.top)) * (high - low),
      handle: {
        px: frame.left + ((handle.x - lower) / (upper - lower)) * (frame.right - frame.left),
        py: Math.min(Math.max(toY(handle.zeta), frame.top + 8), frame.bottom - 8),
      },
    };
  }

  /** @param {number} x @param {number} [momentum] */
  putPacket(x, momentum = 0) {
    const { widget } = this;
    const { lower, upper, start } = widget.lab.settings;
    const inside = lower + ((((x - lower) % (upper - lower)) + upper - lower) % (upper - lower));
    const fitted = start === "packet" ? {} : widget.fitting(lower, upper);
    const center = Math.min(rounded(inside), upper - 1e-3 * (upper - lower));
    widget.ui.playing = false;
    const inBox = rounded(Math.max(lower, center));
    widget.apply({ ...fitted, start: "packet", center: inBox, momentum });
    widget.lab.restart();
  }

  /**
   * What the hand did in the last 60 ms is the momentum.
   * @param {{x: number, t: number}[]} path
   * @param {number} now
   */
  throwPacket(path, now) {
    const { widget } = this;
    const recent = path.filter((point) => now - point.t < 60);
    if (recent.length < 2) return;
    const [first, last] = [recent[0], recent[recent.length - 1]];
    const speed = (last.x - first.x) / Math.max(8, last.t - first.t); // box units per ms
    if (Math.abs(speed) < 2e-4) return;
    const momentum = this.held(900 * speed);
    widget.apply({ mode: "hand", level: levelOf(widget.lab.diffusion()) });
    widget.apply({ momentum });
    widget.lab.restart();
    widget.set({ playing: true });
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

  /** @param {{x: number, energy: number}} at @param {{x: number, t: number, j?: number}[]} path */
  drawAt(at, path) {
    const { widget } = this;
    const { lower, upper, low, high } = widget.lab.settings;
    const drawn = /** @type {number[]} */ (widget.lab.settings.drawn).slice();
    const to = Math.floor((DRAWN * (at.x - lower)) / (upper - lower));
    const before = path.length ? path[path.length - 1].x : at.x;
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
