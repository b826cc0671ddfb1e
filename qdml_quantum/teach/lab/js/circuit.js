/** One step as gates: choose one, and see the phase that it writes. */

import { stepGates } from "./engine.js";
import { short } from "./view.js";
import { circuitLayout, drawCircuit, drawPhase } from "./view-circuit.js";

/** What stands below both columns. */
export class CircuitPanel {
  /** What the circuit was drawn of. */
  shownCircuit = "";
  /** @type {Float64Array | undefined} */
  shownZeta;
  /** @typedef {import("./engine.js").Frame} Frame */
  /** @type {{zeta: Float64Array, D: number, dt: number, frames: Frame[]} | undefined} */
  madeGates;

  /** @param {import("./widget.js").Widget} widget */
  constructor(widget) {
    this.widget = widget;
  }

  bind() {
    const { widget } = this;
    const scroll = widget.get(".scroll");
    scroll.addEventListener("click", (/** @type {MouseEvent} */ event) => {
      const x = event.clientX - scroll.getBoundingClientRect().left + scroll.scrollLeft;
      const frames = this.frames();
      const { boxes } = circuitLayout(frames, widget.ui.unfolded);
      boxes.forEach((box, f) => {
        const g = Math.round((x - box.x - 16) / 19);
        if (x < box.x || x > box.x + box.width) return;
        if (box.gates.length && g < box.gates.length) widget.set({ gate: [f, Math.max(0, g)] });
        else if (box.more) widget.set({ unfolded: true });
      });
    });
    scroll.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by) return;
      this.walk(by);
      event.preventDefault();
    });
    widget.on("#unfold", "click", () => widget.set({ unfolded: !widget.ui.unfolded }));
  }

  /** The next gate that is shown. @param {number} by */
  walk(by) {
    const { widget } = this;
    const { boxes } = circuitLayout(this.frames(), widget.ui.unfolded);
    const shown = boxes.flatMap((box, f) => box.gates.map((_, g) => [f, g]));
    const at = shown.findIndex(([f, g]) => f === widget.ui.gate[0] && g === widget.ui.gate[1]);
    const next = Math.min(shown.length - 1, Math.max(0, at + by));
    widget.set({ gate: shown[next] });
  }

  /** Gates of a step, made again only when they change. */
  frames() {
    const { widget } = this;
    const { grid, zeta, settings } = widget.lab;
    const D = widget.lab.diffusion();
    const known = this.madeGates;
    if (known && known.zeta === zeta && known.D === D && known.dt === settings.dt) {
      return known.frames;
    }
    const frames = stepGates(grid, zeta, D, settings.dt);
    this.madeGates = { zeta, D, dt: settings.dt, frames };
    return frames;
  }

  /** @param {import("./view.js").Style} style */
  show(style) {
    const { widget } = this, { lab, ui } = widget;
    for (const part of [".scroll", ".gate", "#unfold"]) {
      widget.get(part).hidden = Boolean(lab.field);
    }
    if (lab.field) return this.tell(lab.field.costs());
    if (ui.playing && this.shownZeta === lab.zeta && this.shownCircuit) return;
    const frames = this.frames();
    const gate = this.clampedGate(frames);
    const sizes = ["#circuit", "#phase"].map((name) => widget.sizes.get(widget.get(name)));
    const key = [widget.inkOf, ui.language, ui.unfolded, gate, lab.settings.dt, lab.diffusion(),
      lab.grid.n, sizes].join();
    if (this.shownCircuit === key && this.shownZeta === lab.zeta) return;
    this.shownCircuit = key;
    this.shownZeta = lab.zeta;
    const layout = circuitLayout(frames, ui.unfolded);
    const canvas = widget.get("#circuit");
    canvas.style.width = `${layout.width}px`;
    canvas.style.height = `${(lab.grid.n - 1) * 19 + 60}px`;
    widget.paint("#circuit", (ctx, w, h) =>
      drawCircuit(ctx, w, h, layout, lab.grid.n, gate, style));
    const [frame, index] = [frames[gate[0]], gate[1]];
    widget.paint("#phase", (ctx, w, h) => drawPhase(ctx, w, h, frame, index, lab, style));
    this.tell(Object.fromEntries(frames.map((one) => [one.name, one.cnots])));
    const one = frame.gates[index];
    const name = one.kind === "h" ? "H"
      : one.kind === "cp" ? `CP(${short(one.angle)})`
        : `R${"Z".repeat(one.qubits.length)}(${short(-2 * one.angle)})`;
    const words = widget.say("gateIs", {
      j: index + 1, count: frame.gates.length, name,
      qubits: one.qubits.map((q) => `q${q}`).join(", "),
    });
    widget.text("#gate-is", words);
    const cnots = one.kind === "cp" ? 2 : one.kind === "h" ? 0 : 2 * (one.qubits.length - 1);
    widget.text("#gate-cost", cnots ? widget.say("gateCost", { cnots }) : "");
    widget.text("#gate-text", widget.say({ h: "gateH", cp: "gateCp", z: "gateText" }[one.kind]));
    widget.get(".scroll").setAttribute("aria-valuetext", words);
    widget.get(".scroll").setAttribute("aria-valuenow", String(index + 1));
    widget.get(".scroll").setAttribute("aria-valuemax", String(frame.gates.length));
    widget.text("#unfold", widget.say(ui.unfolded ? "fold" : "unfold"));
  }

  /** CNOT gates of a step, by frame. @param {Record<string, number>} cost */
  tell(cost) {
    const all = Object.values(cost).reduce((sum, one) => sum + one, 0);
    this.widget.text("#cnots", this.widget.say("cnots", { all, ...cost }));
  }

  /** @param {import("./engine.js").Frame[]} frames @returns {[number, number]} */
  clampedGate(frames) {
    const [f, g] = this.widget.ui.gate;
    if (!frames[f].gates.length) return [1, 0];
    return [f, Math.min(g, frames[f].gates.length - 1)];
  }
}
