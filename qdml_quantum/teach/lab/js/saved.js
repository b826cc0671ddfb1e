/** Runs that are kept while the page is open, with their traces. */

import { download, element } from "./elements.js";
import { Lab, fromHash, toHash } from "./model.js";
import { short } from "./view.js";
import { drawSmall } from "./view-panels.js";

/**
 * @typedef {object} SavedRun
 * @property {string} hash
 * @property {number[]} values |psi|^2
 * @property {number} t
 * @property {number} D
 * @property {number | null} success
 */

/** What the panel of saved runs shows. */
export class SavedPanel {
  /** @param {import("./widget.js").Widget} widget */
  constructor(widget) {
    this.widget = widget;
  }

  bind() {
    this.widget.on("#save", "click", () => this.save());
  }

  save() {
    const { widget } = this;
    const { t, D, success } = widget.lab.readings();
    const values = widget.lab.marginal();
    widget.ui.saved.push({ hash: toHash(widget.lab.settings), values, t, D, success });
    widget.render();
  }

  /** @param {import("./view.js").Style} style */
  show(style) {
    const { widget } = this;
    const list = widget.get("#saved-list");
    widget.get("#no-saved").hidden = widget.ui.saved.length > 0;
    widget.run?.show(style);
    const { saved, language } = widget.ui;
    if (list.childElementCount !== saved.length || list.dataset.language !== language) {
      list.dataset.language = language;
      list.replaceChildren(...widget.ui.saved.map((one, j) => this.item(one, j)));
    }
    widget.all("#saved-list canvas").forEach((canvas, j) =>
      widget.paintOn(canvas, (ctx, w, h) =>
        drawSmall(ctx, w, h, widget.ui.saved[j].values, style)));
  }

  /** @param {SavedRun} one @param {number} j */
  item(one, j) {
    const { widget } = this;
    const item = element("li", "saved");
    const success = one.success === null ? "–" : `${(100 * one.success).toFixed(1)} %`;
    const line = element("p", "", widget.say("savedLine",
      { t: short(one.t), D: short(one.D), success }));
    const picture = element("div", "picture");
    picture.append(document.createElement("canvas"));
    const row = element("div", "row");
    /** @param {string} key @param {() => void} action */
    const button = (key, action) => {
      const made = element("button", "", widget.say(key));
      made.addEventListener("click", action);
      return made;
    };
    row.append(
      button("load", () => widget.load(one.hash)),
      button("csv", () => download("trace.csv", this.traceOf(one.hash))),
      button("remove", () => {
        widget.ui.saved.splice(j, 1);
        widget.get("#saved-list").replaceChildren();
        widget.render();
      }),
    );
    item.append(line, picture, row);
    return item;
  }

  /** t, D, <x>, width, <k> and success of every step of a run. @param {string} hash */
  traceOf(hash) {
    const lab = new Lab(fromHash(hash));
    const plane = lab.field?.grid;
    const lines = [`t,D,mean_x,width_x,mean_k,success${plane ? ",mean_y,width_y" : ""}`];
    for (let j = 0; j <= lab.steps; j++) {
      const { mean, width } = lab.wave.position();
      const row = [lab.wave.time, lab.diffusion(), mean, width, lab.wave.momentum().mean,
        lab.success() ?? NaN];
      if (plane) row.push(...Object.values(lab.wave.position(plane.y)));
      lines.push(row.map((value) => value.toPrecision(8)).join());
      lab.advance(1);
    }
    return lines.join("\n");
  }
}
