/** What the hand does on a stage of two coordinates: packets are put, thrown and pushed. */

import { levelOf, rounded } from "./model.js";
import { planeFrame } from "./view-plane.js";

/** @typedef {{x: number, y: number, t: number}} Moment */

/** Pointers and keys of the maps. */
export class PlaneHand {
  /** @type {Moment[] | null} where the hand was since it came down */
  path = null;

  /** @param {import("./widget.js").Widget} widget */
  constructor(widget) {
    this.widget = widget;
  }

  /** @param {PointerEvent} event */
  down(event) {
    this.path = [];
    this.move(event);
  }

  /** @param {PointerEvent} event */
  move(event) {
    if (!this.path) return;
    const at = this.point(event);
    this.put(at.x, at.y);
    this.path.push({ ...at, t: event.timeStamp });
  }

  /** What the hand did in the last 60 ms is the momentum. @param {PointerEvent} event */
  up(event) {
    const recent = (this.path ?? []).filter((one) => event.timeStamp - one.t < 60);
    this.path = null;
    if (recent.length < 2) return;
    const [first, last] = [recent[0], recent[recent.length - 1]];
    const time = Math.max(8, last.t - first.t);
    const [u, v] = [(last.x - first.x) / time, (last.y - first.y) / time];
    if (Math.hypot(u, v) < 2e-4) return;
    const { widget } = this, { lab } = widget;
    widget.apply({ mode: "hand", level: levelOf(lab.diffusion()) });
    widget.apply({ momentum: this.held(900 * u), momentumY: this.held(900 * v) });
    widget.set({ playing: true });
  }

  /** Arrows move the packet, with Shift they push it. @param {KeyboardEvent} event */
  key(event) {
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[
      event.key];
    const { widget } = this, { settings } = widget.lab;
    const { lower, upper, lowerY, upperY, start } = settings;
    if (!by) return false;
    const lengths = [upper - lower, upperY - lowerY];
    if (start !== "packet") widget.apply({ start: "packet", ...this.fitting() });
    else if (event.shiftKey) {
      const [p, q] = [settings.momentum, settings.momentumY].map((old, j) =>
        this.held(old + (by[j] * 2 * Math.PI) / lengths[j]));
      widget.apply({ momentum: p, momentumY: q });
    } else {
      this.put(settings.center + (by[0] * lengths[0]) / 50,
        settings.centerY + (by[1] * lengths[1]) / 50, settings.momentum, settings.momentumY);
    }
    return true;
  }

  /** A packet in the lower left part of the box, at rest. */
  fitting() {
    const { lower, upper, lowerY, upperY } = this.widget.lab.settings;
    return {
      ...this.widget.fitting(lower, upper), centerY: rounded(lowerY + 0.3 * (upperY - lowerY)),
      momentumY: 0,
    };
  }

  /**
   * @param {number} x @param {number} y
   * @param {number} [momentum] @param {number} [momentumY]
   */
  put(x, y, momentum = 0, momentumY = 0) {
    const { widget } = this, { start, lower, upper, lowerY, upperY } = widget.lab.settings;
    const fitted = start === "packet" ? {} : this.fitting();
    widget.ui.playing = false;
    widget.apply({
      ...fitted, start: "packet", center: within(x, lower, upper),
      centerY: within(y, lowerY, upperY), momentum, momentumY,
    });
    widget.lab.restart();
  }

  /** A momentum that a link may hold. @param {number} momentum */
  held(momentum) {
    const most = Math.min(200, 0.95 * this.widget.lab.grid.kMax);
    return rounded(Math.min(most, Math.max(-most, momentum)));
  }

  /** Where an event is in the box, on whichever of the maps. @param {PointerEvent} event */
  point(event) {
    const box = this.widget.get(".stage").getBoundingClientRect();
    const { wave, dots } = planeFrame(box.width, box.height);
    const px = event.clientX - box.left, py = event.clientY - box.top;
    const map = dots && px > dots.left - 20 ? dots : wave;
    const share = (/** @type {number} */ value) => Math.min(0.9999, Math.max(0, value / map.side));
    const { lower, upper, lowerY, upperY } = this.widget.lab.settings;
    return {
      x: lower + share(px - map.left) * (upper - lower),
      y: lowerY + share(map.top + map.side - py) * (upperY - lowerY),
    };
  }
}

/**
 * A position of few digits in a box that is periodic.
 * @param {number} x @param {number} lower @param {number} upper
 */
function within(x, lower, upper) {
  const length = upper - lower;
  const inside = lower + ((((x - lower) % length) + length) % length);
  return rounded(Math.max(lower, Math.min(rounded(inside), upper - 1e-3 * length)));
}
