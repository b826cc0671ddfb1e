/** What the hand does with the packet on the stage, along one coordinate or two. */

import { levelOf, rounded } from "./model.js";

/** @typedef {{at: number[], t: number}} Moment where the hand was, and when */
/** @typedef {"center" | "momentum" | "lower" | "upper"} Word */

const WORDS_OF_Y = /** @type {const} */ ({
  center: "centerY", momentum: "momentumY", lower: "lowerY", upper: "upperY",
});
/** Milliseconds of a path that make a throw. */
const RECENT = 60;
/** Box units per millisecond below which a packet is put, and not thrown. */
const STILL = 2e-4;
/** Momentum of a hand that moves one box unit per millisecond. */
const THROW = 900;

/** Puts, throws and pushes the packet. */
export class Hand {
  /** @param {import("./widget.js").Widget} widget */
  constructor(widget) {
    this.widget = widget;
  }

  /**
   * A setting of every coordinate that there is.
   * @param {Word} word
   * @returns {number[]}
   */
  values(word) {
    const { settings, field } = this.widget.lab;
    return field ? [settings[word], settings[WORDS_OF_Y[word]]] : [settings[word]];
  }

  /** The same as settings again. @param {Word} word @param {number[]} values */
  patch(word, [x, y]) {
    return y === undefined ? { [word]: x } : { [word]: x, [WORDS_OF_Y[word]]: y };
  }

  /** A packet there, at rest if nothing else is said. @param {number[]} at @param {number[]} [k] */
  put(at, k = at.map(() => 0)) {
    const { widget } = this, lower = this.values("lower"), upper = this.values("upper");
    const center = at.map((x, j) => {
      const length = upper[j] - lower[j], past = (((x - lower[j]) % length) + length) % length;
      const inside = Math.min(rounded(lower[j] + past), upper[j] - 1e-3 * length);
      return rounded(Math.max(lower[j], inside));
    });
    widget.ui.playing = false;
    widget.apply({
      ...this.fitted(), start: "packet", ...this.patch("center", center),
      ...this.patch("momentum", k),
    });
    widget.lab.restart();
  }

  /** Width and place of a packet, where there was none. */
  fitted() {
    const { start, lower, upper, lowerY, upperY } = this.widget.lab.settings;
    return start === "packet" ? null : this.widget.fitting(lower, upper, lowerY, upperY);
  }

  /** What the hand did last is the momentum. @param {Moment[]} path @param {number} now */
  throwPacket(path, now) {
    const recent = path.filter((moment) => now - moment.t < RECENT);
    if (recent.length < 2) return;
    const [first, last] = [recent[0], recent[recent.length - 1]];
    const time = Math.max(8, last.t - first.t);
    const speed = last.at.map((x, j) => (x - first.at[j]) / time);
    if (Math.hypot(...speed) < STILL) return;
    const { widget } = this;
    widget.apply({ mode: "hand", level: levelOf(widget.lab.diffusion()) });
    widget.apply(this.patch("momentum", speed.map((one) => this.held(THROW * one))));
    widget.lab.restart();
    widget.set({ playing: true });
  }

  /**
   * Arrows: along a line they move and push the packet, on a plane they move it, with Shift push.
   * @param {KeyboardEvent} event
   * @returns {boolean} whether it was one
   */
  arrow({ key, shiftKey }) {
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[key];
    if (!by) return false;
    const { widget } = this, plane = Boolean(widget.lab.field), fitted = this.fitted();
    if (fitted) {
      widget.apply({ start: "packet", ...fitted });
      return true;
    }
    const lower = this.values("lower"), lengths = this.values("upper").map((x, j) => x - lower[j]);
    const pushes = plane ? shiftKey : by[1] !== 0;
    const steps = plane || !pushes ? by : [by[1]];
    const k = this.values("momentum"), at = this.values("center");
    if (!pushes) this.put(at.map((x, j) => x + (steps[j] * lengths[j]) / 50), k);
    else {
      const pushed = k.map((one, j) => this.held(one + (steps[j] * 2 * Math.PI) / lengths[j]));
      widget.apply(this.patch("momentum", pushed));
    }
    return true;
  }

  /** A momentum that a link may hold. @param {number} momentum */
  held(momentum) {
    const most = Math.min(200, 0.95 * this.widget.lab.grid.kMax);
    return rounded(Math.min(most, Math.max(-most, momentum)));
  }
}
