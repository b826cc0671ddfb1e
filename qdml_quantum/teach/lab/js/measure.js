/** The panel of shots: what a device returns. */

import { short } from "./view.js";
import { drawShots } from "./view-panels.js";
import { drawPlaneShots } from "./view-plane.js";

/** What the panel of shots shows. */
export class MeasurePanel {
  /** @param {import("./widget.js").Widget} widget */
  constructor(widget) {
    this.widget = widget;
  }

  bind() {
    for (const shots of [1, 100, 1000]) {
      this.widget.on(`#shots-${shots}`, "click", () => this.measure(shots));
    }
  }

  /** @param {number} shots */
  measure(shots) {
    const { widget } = this;
    if (widget.ui.locked) return;
    widget.ui.playing = false;
    const results = widget.lab.measure(shots);
    if (!widget.calm.matches) {
      widget.ui.falling = results.slice(0, 60).map((j, i) => ({ j, fall: 1 + i * 0.04 }));
    }
    widget.render();
  }

  /** @param {import("./view.js").Style} style */
  show(style) {
    const { widget } = this, { lab, ui } = widget;
    const draw = lab.field ? drawPlaneShots : drawShots;
    widget.get("#measured").parentElement.classList.toggle("square", Boolean(lab.field));
    widget.paint("#measured", (ctx, w, h) => draw(ctx, w, h, lab, style, ui.falling));
    const v = lab.verdict();
    const goal = lab.hasGoal;
    const three = (/** @type {number} */ p) => p.toFixed(3);
    const verdict = v.low > v.chance ? "better" : v.high < v.chance ? "worse" : "notBetter";
    widget.text("#hits", !v.shots ? widget.say("noShots")
      : goal ? widget.say("hitsOf", { hits: v.hits, shots: v.shots, value: three(v.value) })
        : widget.say("noGoal"));
    widget.text("#interval", v.shots && goal ? widget.say("interval", {
      low: three(v.low), high: three(v.high), chance: three(v.chance), says: widget.say(verdict),
    }) : "");
    widget.text("#best-seen", v.shots ? widget.say("bestSeen", {
      best: short(v.best), lowest: short(v.lowest), looked: v.looked,
      size: lab.grid.size,
    }) : "");
    const cost = v.shots ? widget.say("cost", { shots: v.shots, steps: v.steps }) : "";
    widget.text("#cost", lab.field ? cost : `${widget.say("solid")} ${cost}`);
  }
}
