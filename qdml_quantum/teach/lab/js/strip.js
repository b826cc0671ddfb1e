/** What the hand does on the strip of D(t), and where its nine points stand. */

import { LEVELS, diffusionOf, rounded } from "./model.js";
import { short } from "./view.js";
import { stripFrame, stripY } from "./view-strip.js";

/** Pointers and keys of the strip. */
export class Strip {
  /** What the points of D(t) stand for. */
  placed = "";

  /** @param {import("./widget.js").Widget} widget */
  constructor(widget) {
    this.widget = widget;
  }

  bind() {
    const { widget } = this;
    const strip = widget.get(".strip");
    /** @type {{j: number, level: number} | null} */
    let last = null;
    let down = false;
    const move = (/** @type {PointerEvent} */ event) => {
      if (!down || widget.ui.locked) return;
      const box = strip.getBoundingClientRect();
      const frame = stripFrame(box.width, box.height);
      const share = (event.clientX - box.left - frame.left) / (frame.right - frame.left);
      const height = (frame.bottom - (event.clientY - box.top)) / (frame.bottom - frame.top);
      const level = Math.round(LEVELS * Math.min(1, Math.max(0, height)));
      if (widget.lab.settings.mode === "hand") return void widget.apply({ level });
      const j = Math.min(8, Math.max(0, Math.round(8 * share)));
      const knots = widget.lab.settings.knots.slice();
      const from = last ?? { j, level };
      const span = Math.abs(j - from.j);
      for (let i = 0; i <= span; i++) {
        const part = span ? i / span : 1;
        const index = from.j + Math.sign(j - from.j) * i;
        knots[index] = Math.round(from.level * (1 - part) + level * part);
      }
      last = { j, level };
      widget.ui.playing = false;
      widget.apply({ knots });
    };
    strip.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
      down = true;
      last = null;
      strip.setPointerCapture(event.pointerId);
      move(event);
    });
    strip.addEventListener("pointermove", move);
    strip.addEventListener("pointerup", () => (down = false));
    strip.addEventListener("pointercancel", () => (down = false));
    widget.all(".knob").forEach((knob, j) => {
      knob.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
        const by = { ArrowUp: 4, ArrowRight: 4, ArrowDown: -4, ArrowLeft: -4, PageUp: 24,
          PageDown: -24, Home: -LEVELS, End: LEVELS }[event.key];
        if (!by) return;
        const knots = widget.lab.settings.knots.slice();
        knots[j] = Math.min(LEVELS, Math.max(0, knots[j] + by));
        widget.apply({ knots, mode: "curve" });
        event.preventDefault();
      });
    });
  }

  placeKnobs() {
    const { widget } = this;
    const [width, height] = widget.sizes.get(widget.get("#strip")) ?? [0, 0];
    const key = [widget.lab.settings.knots, width, height, widget.ui.language].join();
    if (this.placed === key) return;
    this.placed = key;
    const frame = stripFrame(width, height);
    widget.all(".knob").forEach((knob, j) => {
      const D = diffusionOf(widget.lab.settings.knots[j]);
      knob.style.left = `${frame.left + (j / 8) * (frame.right - frame.left)}px`;
      knob.style.top = `${stripY(frame, D)}px`;
      const words = widget.say("knot", { j: j + 1, D: short(D) });
      knob.setAttribute("aria-valuetext", words);
      knob.setAttribute("aria-label", words);
      knob.setAttribute("aria-valuenow", String(rounded(D)));
    });
  }
}
