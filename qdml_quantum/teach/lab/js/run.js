/** A run of the toolkit inside the page: its film, its checks, and the way on. */

import { bytesOf, element } from "./elements.js";
import { fromHash, levelOf } from "./model.js";
import { RUN_WORDS } from "./run-words.js";
import { STRINGS } from "./strings.js";
import { drawCuts, drawDevice, drawMap, drawRun } from "./view-run.js";

for (const language of Object.keys(RUN_WORDS)) {
  Object.assign(STRINGS[language], RUN_WORDS[language]);
}

/** Seconds that a film takes. */
const FILM = 9;

/** Elements without words, which stand above what the reader has saved. */
const RUN_FACE = `
  <h2 id="run-title"></h2>
  <p id="run-verdict"></p>
  <div class="picture" role="img" data-label="film"><canvas id="run"></canvas></div>
  <div id="run-film" class="row">
    <button id="run-play"></button>
    <input id="run-stage" type="range" min="0" data-label="filmStage">
    <output id="run-label"></output>
  </div>
  <p><button id="run-go" class="main" data-t="goOn"></button></p>
  <div id="run-device" hidden>
    <h3 data-t="deviceTitle"></h3>
    <div class="picture" role="img" data-label="deviceTitle"><canvas id="compared"></canvas></div>
    <p class="small" id="device-legend"></p>
    <div id="run-cuts">
      <h3 data-t="cutsTitle"></h3>
      <div class="picture" role="img" data-label="cutsTitle"><canvas id="cuts"></canvas></div>
      <p class="small" data-t="cutsLegend"></p>
    </div>
  </div>
  <h3 data-t="checksTitle"></h3>
  <ul id="run-checks" class="checks"></ul>
  <h3 data-t="factsTitle"></h3>
  <dl id="run-facts" class="facts"></dl>
`;

/** What the panel of a run shows. */
export class RunPanel {
  /**
   * @param {import("./widget.js").Widget} widget
   * @param {any} data what the page was made with
   */
  constructor(widget, data) {
    this.widget = widget;
    this.data = data;
    const face = document.createElement("div");
    face.id = "run-data";
    face.innerHTML = RUN_FACE;
    widget.get("#panel-saved").prepend(face);
    if (typeof data.state === "string") widget.lab.apply(fromHash(data.state));
    widget.ui.tab = "saved";
    widget.ui.film = data.stages.length - 1;
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

  /** Whether the run is all that there is: the page cannot move what it was of. */
  get alone() {
    return !this.data.state;
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
    this.showDevice(style);
    const stage = data.stages[Math.floor(ui.film)];
    widget.text("#run-title", widget.say("runOf", { name: data.title }));
    widget.text("#run-verdict", String(data.verdict ?? ""));
    widget.text("#run-label", String(stage.label));
    widget.text("#run-play", widget.say(ui.filming ? "pause" : "play"));
    widget.get("#run-go").hidden = !data.final;
    widget.get("#run-film").hidden = data.stages.length < 2;
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

  /**
   * What a device gave beside what it should have, and how it went from cut to cut.
   * @param {import("./view.js").Style} style
   */
  showDevice(style) {
    const { widget } = this, { device, bounds } = this.data;
    widget.get("#run-device").hidden = !device;
    if (!device) return;
    widget.paint("#compared", (ctx, w, h) => drawDevice(ctx, w, h, device, bounds, style));
    widget.text("#device-legend",
      widget.say(device.predicted ? "deviceLegend" : "deviceUnpredicted"));
    widget.get("#run-cuts").hidden = !device.cuts.length;
    if (device.cuts.length) {
      widget.paint("#cuts", (ctx, w, h) => drawCuts(ctx, w, h, device, style));
    }
  }

  /** The final state of the run, to go on with by hand. */
  goOn() {
    const { widget } = this;
    const { data } = this, { lab } = widget;
    const D = data.stages.map((/** @type {any} */ one) => one.diffusion).filter(Number.isFinite);
    widget.apply({ mode: "hand", theta: 0, level: levelOf(D.length ? D[D.length - 1] : 0.1) });
    const [re, im] = [data.final.re, data.final.im].map((text) => {
      const bytes = bytesOf(text);
      return bytes.length === 8 * lab.grid.size ? new Float64Array(bytes.buffer)
        : Float64Array.from(new Float32Array(bytes.buffer));
    });
    if (re.length !== lab.grid.size || im.length !== lab.grid.size) return;
    lab.wave.set(re, im);
    lab.clearShots();
    widget.changed();
  }
}
