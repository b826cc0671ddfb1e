/** A run of the toolkit inside the page: its film, its checks, and the way on. */

import { bytesOf, element } from "./elements.js";
import { fromHash, levelOf } from "./model.js";
import { drawMap, drawRun } from "./view-run.js";

/** Seconds that a film takes. */
const FILM = 9;

/** What the panel of a run shows. */
export class RunPanel {
  /** @type {any} what the page was made with */
  data;

  /** @param {import("./widget.js").Widget} widget */
  constructor(widget) {
    this.widget = widget;
  }

  bind() {
    const { widget } = this;
    widget.on("#run-go", "click", () => this.goOn());
    widget.on("#run-play", "click", () => {
      const last = this.data.stages.length - 1;
      if (!widget.ui.filming && widget.ui.film >= last) widget.ui.film = 0;
      widget.set({ filming: !widget.ui.filming });
    });
    widget.on("#run-stage", "input", () =>
      widget.set({ filming: false, film: Number(widget.get("#run-stage").value) }));
  }

  /** A run of the toolkit. @param {any} data */
  open(data) {
    const { widget } = this;
    this.data = data;
    if (typeof data.state === "string") widget.lab.apply(fromHash(data.state));
    if (!Array.isArray(data.stages) || !data.stages.length) return;
    widget.ui.tab = "saved";
    widget.ui.film = data.stages.length - 1;
  }

  /** Go on with the film of a run. @param {number} elapsed */
  roll(elapsed) {
    const { widget } = this;
    const last = this.data.stages.length - 1;
    const rolled = (Math.min(100, elapsed) * last) / (1000 * FILM);
    widget.ui.film = Math.min(last, widget.ui.film + rolled);
    if (widget.ui.film >= last) widget.ui.filming = false;
  }

  /**
   * The run of the toolkit that the page was made with.
   * @param {import("./view.js").Style} style
   */
  show(style) {
    const { widget } = this;
    const { data } = this, { ui } = widget;
    widget.get("#run-data").hidden = !data?.stages?.length;
    if (!data?.stages?.length) return;
    const stage = data.stages[Math.floor(ui.film)];
    widget.text("#run-title", widget.say("runOf", { name: data.title }));
    widget.text("#run-verdict", String(data.verdict ?? ""));
    widget.text("#run-label", String(stage.label));
    widget.text("#run-play", widget.say(ui.filming ? "pause" : "play"));
    widget.get("#run-go").hidden = !data.final;
    const slider = widget.get("#run-stage");
    slider.max = String(data.stages.length - 1);
    widget.slider("#run-stage", Math.floor(ui.film), String(stage.label));
    const axes = stage.axes.map((/** @type {string} */ text) => Array.from(bytesOf(text)));
    widget.get("#run").parentElement.classList.toggle("square", Boolean(stage.map));
    widget.paint("#run", (ctx, w, h) => {
      if (!stage.map) return drawRun(ctx, w, h, axes, data.bounds, style);
      const { cells, rows } = stage.map;
      drawMap(ctx, w, h, Array.from(bytesOf(cells)), rows, data.bounds, style);
    });
    const checks = widget.get("#run-checks");
    if (checks.childElementCount) return;
    checks.append(...(data.checks ?? []).map((/** @type {any} */ check) => {
      const known = ["pass", "FAIL", "note"].includes(check.word) ? check.word : "note";
      return element("li", known, [check.text, check.remedy].filter(Boolean).join(". "));
    }));
    widget.get("#run-facts").append(...(data.facts ?? []).flatMap(
      (/** @type {string[]} */ fact) => [element("dt", "", fact[0]), element("dd", "", fact[1])]));
  }

  /** The final state of the run, to go on with by hand. */
  goOn() {
    const { widget } = this;
    const { data } = this, { lab } = widget;
    const D = data.stages.map((/** @type {any} */ one) => one.diffusion).filter(Number.isFinite);
    widget.apply({ mode: "hand", theta: 0, level: levelOf(D.length ? D[D.length - 1] : 0.1) });
    const [re, im] = [data.final.re, data.final.im].map((text) =>
      new Float64Array(bytesOf(text).buffer));
    if (re.length !== lab.grid.size || im.length !== lab.grid.size) return;
    lab.wave.set(re, im);
    lab.clearShots();
    widget.changed();
  }
}
