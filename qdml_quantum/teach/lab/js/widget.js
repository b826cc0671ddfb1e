/**
 * The page as a widget: `mount(host, options)` makes it inside a shadow root.
 *
 * One store (`this.lab` and `this.ui`), one `render`, which makes everything that is seen follow.
 */

import { codeWord } from "./codeword.js";
import { stepGates } from "./engine.js";
import { plain } from "./formula.js";
import {
  D_MAX, D_MIN, DRAWN, EVEN, GAME, LEVELS, Lab, PRESETS, STARTS, TIMES, TIME_STEPS, TOOLKIT,
  diffusionOf, fromHash, levelOf, rounded, toHash,
} from "./model.js";
import { STRINGS, phrase } from "./strings.js";
import { STYLE } from "./style.js";
import { TasksPanel } from "./tasks.js";
import { FACE } from "./template.js";
import * as view from "./view.js";

/** Colours that pictures use, by the names of the style sheet. */
const INKS = [
  "paper", "panel", "text", "muted", "faint", "line", "amber", "green", "blue", "blueSoft",
  "window", "windowLine", "gap", "halo", "front",
];
const TABS = ["tasks", "momentum", "measure", "game", "saved"];
const THEMES = ["auto", "light", "dark"];
const TRIANGLE = "M4 2v12l10-6z";
const PAUSE = "M4 2h3v12H4zM9 2h3v12H9z";
/** Seconds that a whole D(t) takes to look at. */
const WATCH = 9;
/** Milliseconds of steps in a frame, before drawing: the page stays at 60 frames a second. */
const STEP_BUDGET = 5;
/** Milliseconds after which a frame makes no more gaps. */
const FRAME_BUDGET = 12;

/**
 * @typedef {object} SavedRun
 * @property {string} hash
 * @property {number[]} values |psi|^2
 * @property {number} t
 * @property {number} D
 * @property {number | null} success
 */
/**
 * @typedef {object} Options
 * @property {any} [data] a run of the toolkit, shown under "Saved"
 * @property {string} [state] hash to begin with
 * @property {(state: string) => void} [onState] called when the settings have changed
 * @property {boolean} [keys] whether space and Escape work anywhere on the page
 * @property {string} [language]
 */

/**
 * Make the lab inside a host element.
 * @param {HTMLElement} host
 * @param {Options} [options]
 */
export function mount(host, options = {}) {
  const widget = new Widget(host, options);
  return {
    lab: widget.lab,
    ui: widget.ui,
    /** Milliseconds that the last frame took. */
    work: () => widget.work,
    load: (/** @type {string} */ state) => widget.load(state),
    destroy: () => widget.destroy(),
  };
}

class Widget {
  /** @type {Record<string, string>} colours of the theme that is on */
  ink = {};
  inkOf = "";
  shownLanguage = "";
  /** What the circuit was drawn of. */
  shownCircuit = "";
  /** @type {Float64Array | undefined} */
  shownZeta;
  /** @typedef {import("./engine.js").Frame} Frame */
  /** @type {{zeta: Float64Array, D: number, dt: number, frames: Frame[]} | undefined} */
  madeGates;
  /** @type {any} the run that the page was made with */
  data;
  /** Sizes of canvases: to ask an element for them would lay the whole page out in every frame. */
  sizes = new Map();
  font = "";
  /** What the points of D(t) stand for. */
  placed = "";
  /** @type {number[] | undefined} gaps that are drawn */
  gapsOf;
  /** Knots whose score `yours` is. */
  scored = "";
  /** @type {{success: number, ground: number, noHurry: number} | undefined} */
  yours;
  /** @type {Record<"toolkit" | "even", {success: number, ground: number}> | undefined} */
  fixedScores;
  /** @type {number | undefined} time of the last frame */
  lastTime;
  /** Milliseconds that the last frame took. */
  work = 0;

  /**
   * @param {HTMLElement} host
   * @param {Options} options
   */
  constructor(host, options) {
    this.host = host;
    this.options = options;
    this.root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    this.root.adoptedStyleSheets = [sheet];
    this.root.innerHTML = FACE;
    this.lab = new Lab(fromHash(options.state ?? ""));
    this.ui = {
      tab: "tasks", playing: false, drawing: false, unfolded: false, gate: [0, 0], theme: "auto",
      language: options.language && STRINGS[options.language] ? options.language : "en",
      present: false, said: "", error: "", best: EVEN.slice(), bestScore: 0, looked: false,
      locked: false, name: "", film: 0, filming: false,
      /** @type {{time: number, then: () => void} | null} */ until: null,
      /** @type {{j: number, fall: number}[]} */ falling: [],
      /** @type {SavedRun[]} */ saved: [],
    };
    this.density = 0;
    /** @type {number[]} */
    this.axis = [];
    this.pace = 0;
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    this.tasks = new TasksPanel(this, this.get("#panel-tasks"));
    this.fill();
    this.bind();
    this.resize = new ResizeObserver((entries) => {
      for (const { target, contentRect } of entries) {
        this.sizes.set(target, [contentRect.width, contentRect.height]);
      }
      this.render();
    });
    for (const canvas of this.all("canvas")) this.resize.observe(canvas);
    if (options.data) this.open(options.data);
    this.render();
  }

  /** @param {string} selector @returns {any} */
  get(selector) {
    const element = this.root.querySelector(selector);
    if (!element) throw new Error(`no ${selector}`);
    return element;
  }

  /** @param {string} selector @returns {any[]} */
  all(selector) {
    return [...this.root.querySelectorAll(selector)];
  }

  /** @param {string} key @param {Record<string, unknown>} [values] */
  say(key, values) {
    return phrase(this.ui.language, key, values);
  }

  /** Lists of choices. */
  fill() {
    const option = (/** @type {string} */ value) => new Option(value, value);
    this.get("#preset").append(...[...PRESETS.map((one) => one.id), "own", "hand"].map(option));
    this.get("#start").append(...STARTS.map(option));
    this.get("#time").append(...TIMES.map((time) => option(String(time))));
    this.get("#language").append(
      ...Object.keys(STRINGS).map((code) => new Option(STRINGS[code].language, code)));
    this.get("#dt").max = String(TIME_STEPS.length - 1);
    this.get("#level").max = String(LEVELS);
    this.get(".knobs").append(...EVEN.map(() => {
      const knob = document.createElement("div");
      knob.className = "knob";
      knob.setAttribute("role", "slider");
      knob.tabIndex = 0;
      knob.setAttribute("aria-valuemin", String(D_MIN));
      knob.setAttribute("aria-valuemax", String(D_MAX));
      return knob;
    }));
  }

  /** What every control does. */
  bind() {
    /** @param {string} selector @param {string} type @param {(event: any) => void} action */
    const on = (selector, type, action) => this.get(selector).addEventListener(type, action);
    on("#preset", "change", () => this.choosePreset(this.get("#preset").value));
    on("#formula", "change", () => this.typeFormula(this.get("#formula").value));
    on("#formula", "keydown", (event) => {
      if (event.key === "Enter") this.typeFormula(event.target.value);
    });
    on("#draw", "click", () => this.set({ drawing: !this.ui.drawing }));
    on("#start", "change", () => this.apply({ start: this.get("#start").value }));
    on("#fewer", "click", () => this.apply({ n: Math.max(3, this.lab.settings.n - 1) }));
    on("#more", "click", () => this.apply({ n: Math.min(9, this.lab.settings.n + 1) }));
    on("#back", "click", () => this.restart());
    on("#play", "click", () => this.toggle());
    on("#step", "click", () => this.stepOnce());
    on("#mode-curve", "click", () => this.apply({ mode: "curve" }));
    on("#mode-hand", "click", () => this.byHand());
    on("#level", "input", (event) =>
      this.apply({ level: Number(event.target.value), mode: "hand" }));
    on("#dt", "input", () => this.apply({ dt: TIME_STEPS[Number(this.get("#dt").value)] }));
    on("#time", "change", () => this.apply({ time: Number(this.get("#time").value) }));
    on("#theta", "input", () => this.apply({ theta: Number(this.get("#theta").value) }));
    on("#share", "click", () => this.share());
    on("#present", "click", () => this.present(true));
    on("#leave", "click", () => this.present(false));
    on("#theme", "click", () => {
      const dark = this.isDark();
      this.set({ theme: dark ? "light" : "dark" });
    });
    on("#language", "change", () => this.set({ language: this.get("#language").value }));
    this.bindTabs();
    this.bindStage();
    this.bindStrip();
    this.bindPanels();
    this.bindCircuit();
    if (this.options.keys) {
      this.onKey = (/** @type {KeyboardEvent} */ event) => this.key(event);
      document.addEventListener("keydown", this.onKey);
    }
    this.dark.addEventListener("change", () => this.render());
  }

  bindTabs() {
    const bar = this.get(".tabs");
    for (const tab of TABS) {
      this.get(`#tab-${tab}`).addEventListener("click", () => this.set({ tab }));
    }
    bar.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by) return;
      const next = (TABS.indexOf(this.ui.tab) + by + TABS.length) % TABS.length;
      this.set({ tab: TABS[next] });
      this.get(`#tab-${TABS[next]}`).focus();
      event.preventDefault();
    });
  }

  // -- the store ------------------------------------------------------------------------------

  /** @param {Partial<import("./model.js").Settings>} patch */
  apply(patch) {
    if (this.ui.locked) return false;
    const fine = this.lab.apply(patch);
    this.ui.error = this.lab.error;
    this.ui.falling = [];
    this.changed();
    return fine;
  }

  /** @param {Partial<Widget["ui"]>} patch */
  set(patch) {
    Object.assign(this.ui, patch);
    this.render();
  }

  /** Settings have changed: draw them, and tell who keeps the link. */
  changed() {
    this.noteScore();
    this.render();
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.options.onState?.(toHash(this.lab.settings)), 150);
  }

  /** @param {string} state */
  load(state) {
    this.ui.playing = false;
    this.lab.apply(fromHash(state));
    this.lab.restart();
    this.axis = [];
    this.changed();
  }

  destroy() {
    this.ui.playing = false;
    if (this.request) cancelAnimationFrame(this.request);
    if (this.onKey) document.removeEventListener("keydown", this.onKey);
    this.resize.disconnect();
    clearTimeout(this.telling);
    this.root.replaceChildren();
  }

  /** @param {string} id */
  choosePreset(id) {
    if (id === "hand") return this.set({ drawing: true });
    const preset = PRESETS.find((one) => one.id === id);
    this.axis = [];
    if (!preset) return this.get("#formula").focus();
    const { formula, lower, upper, momentum } = preset;
    const packet = this.fitting(lower, upper);
    /** @type {Partial<import("./model.js").Settings>} */
    const moving = momentum === undefined ? {}
      : { start: "packet", mode: "hand", level: levelOf(0.4), momentum };
    this.apply({ formula, lower, upper, drawn: null, shift: 0, ...packet, ...moving });
  }

  /** A packet that lies in the box. @param {number} lower @param {number} upper */
  fitting(lower, upper) {
    const length = upper - lower;
    return {
      center: rounded(lower + 0.3 * length), width: rounded(0.06 * length), momentum: 0,
    };
  }

  /** @param {string} typed */
  typeFormula(typed) {
    const formula = plain(typed);
    if (formula === this.lab.settings.formula && !this.lab.settings.drawn) return;
    this.axis = [];
    this.apply({ formula, drawn: null, shift: 0 });
  }

  byHand() {
    this.apply({ mode: "hand", level: levelOf(this.lab.diffusion()) });
  }

  /** The stage of an exercise. @param {Partial<import("./model.js").Settings>} settings */
  setUp(settings) {
    this.ui.playing = false;
    this.ui.until = null;
    this.axis = [];
    this.lab.apply(settings);
    this.lab.restart();
    this.changed();
  }

  /** Play up to a time, and say so. @param {number} time @param {() => void} then */
  playTo(time, then) {
    this.ui.until = { time, then };
    this.set({ playing: true });
  }

  restart() {
    if (this.ui.locked) return;
    this.ui.playing = false;
    this.lab.restart();
    this.ui.falling = [];
    this.render();
  }

  toggle() {
    if (this.ui.locked) return;
    if (!this.ui.playing && this.lab.done) this.lab.restart();
    this.set({ playing: !this.ui.playing });
  }

  stepOnce() {
    if (this.ui.locked) return;
    this.ui.playing = false;
    this.lab.advance(1);
    this.ui.falling = [];
    this.render();
  }

  /** @param {boolean} present */
  present(present) {
    this.set({ present });
    this.get(present ? "#leave" : "#present").focus();
  }

  async share() {
    this.options.onState?.(toHash(this.lab.settings));
    try {
      await navigator.clipboard.writeText(location.href.split("#")[0] + toHash(this.lab.settings));
      this.set({ said: "copied" });
    } catch {
      this.set({ said: "notCopied" });
    }
  }

  /** Space plays and Escape leaves, unless a control has the key. @param {KeyboardEvent} event */
  key(event) {
    const target = /** @type {HTMLElement} */ (event.composedPath()[0]);
    if (event.key === "Escape" && this.ui.present) this.present(false);
    const busy = target.closest?.("input, select, textarea, button, [role=slider], summary");
    if (event.key === " " && !busy) {
      this.toggle();
      event.preventDefault();
    }
  }

  isDark() {
    return this.ui.theme === "dark" || (this.ui.theme === "auto" && this.dark.matches);
  }

  // -- stage ----------------------------------------------------------------------------------

  bindStage() {
    const stage = this.get(".stage");
    /** @typedef {{x: number, t: number}} Moment */
    /** @type {{kind: string, from: number, shift: number, path: Moment[]} | null} */
    let drag = null;
    stage.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
      if (this.ui.locked) return;
      const at = this.stagePoint(event);
      const near = Math.hypot(at.px - at.handle.px, at.py - at.handle.py) < 20;
      const kind = this.ui.drawing ? "draw" : near ? "shift" : "packet";
      drag = { kind, from: at.x, shift: this.lab.settings.shift, path: [] };
      stage.setPointerCapture(event.pointerId);
      if (kind === "draw") this.beginDrawing();
      move(event);
    });
    const move = (/** @type {PointerEvent} */ event) => {
      if (!drag) return;
      const at = this.stagePoint(event);
      if (drag.kind === "draw") this.drawAt(at, drag.path);
      else if (drag.kind === "shift") this.shiftBy(drag.shift + at.x - drag.from);
      else this.putPacket(at.x);
      drag.path.push({ x: at.x, t: event.timeStamp });
    };
    stage.addEventListener("pointermove", move);
    stage.addEventListener("pointerup", (/** @type {PointerEvent} */ event) => {
      if (drag?.kind === "packet") this.throwPacket(drag.path, event.timeStamp);
      drag = null;
    });
    stage.addEventListener("pointercancel", () => (drag = null));
    stage.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.stageKey(event));
  }

  /** @param {KeyboardEvent} event */
  stageKey(event) {
    const { center, momentum, lower, upper, start } = this.lab.settings;
    const length = upper - lower, unit = (2 * Math.PI) / length;
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[
      event.key];
    if (event.key === " ") this.toggle();
    else if (!by) return;
    else if (start !== "packet") this.apply({ start: "packet", ...this.fitting(lower, upper) });
    else if (by[0]) this.putPacket(center + (by[0] * length) / 50, momentum);
    else this.apply({ momentum: this.held(momentum + by[1] * unit) });
    event.preventDefault();
    event.stopPropagation();
  }

  /** A momentum that a link may hold. @param {number} momentum */
  held(momentum) {
    const most = Math.min(200, 0.95 * this.lab.grid.kMax);
    return rounded(Math.min(most, Math.max(-most, momentum)));
  }

  /** @param {PointerEvent} event */
  stagePoint(event) {
    const box = this.get(".stage").getBoundingClientRect();
    const frame = view.stageFrame(box.width, box.height);
    const { lower, upper } = this.lab.settings;
    const [low, high] = this.axis;
    const px = event.clientX - box.left, py = event.clientY - box.top;
    const share = (px - frame.left) / (frame.right - frame.left);
    const handle = view.handleOf(this.lab);
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
    const { lower, upper, start } = this.lab.settings;
    const inside = lower + ((((x - lower) % (upper - lower)) + upper - lower) % (upper - lower));
    const fitted = start === "packet" ? {} : this.fitting(lower, upper);
    const center = Math.min(rounded(inside), upper - 1e-3 * (upper - lower));
    this.ui.playing = false;
    this.apply({ ...fitted, start: "packet", center: rounded(Math.max(lower, center)), momentum });
    this.lab.restart();
  }

  /**
   * What the hand did in the last 60 ms is the momentum.
   * @param {{x: number, t: number}[]} path
   * @param {number} now
   */
  throwPacket(path, now) {
    const recent = path.filter((point) => now - point.t < 60);
    if (recent.length < 2) return;
    const [first, last] = [recent[0], recent[recent.length - 1]];
    const speed = (last.x - first.x) / Math.max(8, last.t - first.t); // box units per ms
    if (Math.abs(speed) < 2e-4) return;
    const momentum = this.held(900 * speed);
    this.apply({ mode: "hand", level: levelOf(this.lab.diffusion()) });
    this.apply({ momentum });
    this.lab.restart();
    this.set({ playing: true });
  }

  /** @param {number} shift */
  shiftBy(shift) {
    const { lower, upper } = this.lab.settings;
    const length = upper - lower;
    this.apply({ shift: rounded(shift - length * Math.round(shift / length)) });
  }

  /** Samples of the landscape of now, between ends that have room. */
  beginDrawing() {
    const { lower, upper, drawn } = this.lab.settings;
    if (drawn) return;
    const [low, high] = [rounded(this.axis[0]), rounded(this.axis[1])];
    const points = Array.from({ length: DRAWN }, (_, j) => lower + ((upper - lower) * j) / DRAWN);
    const heights = Array.from(this.lab.landscape(points), (value) =>
      Math.round(255 * Math.min(1, Math.max(0, (value - low) / (high - low)))));
    this.apply({ drawn: heights, low, high, shift: 0 });
  }

  /** @param {{x: number, energy: number}} at @param {{x: number, t: number, j?: number}[]} path */
  drawAt(at, path) {
    const { lower, upper, low, high } = this.lab.settings;
    const drawn = /** @type {number[]} */ (this.lab.settings.drawn).slice();
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
    this.apply({ drawn });
  }

  // -- D(t) -----------------------------------------------------------------------------------

  bindStrip() {
    const strip = this.get(".strip");
    /** @type {{j: number, level: number} | null} */
    let last = null;
    let down = false;
    const move = (/** @type {PointerEvent} */ event) => {
      if (!down || this.ui.locked) return;
      const box = strip.getBoundingClientRect();
      const frame = view.stripFrame(box.width, box.height);
      const share = (event.clientX - box.left - frame.left) / (frame.right - frame.left);
      const height = (frame.bottom - (event.clientY - box.top)) / (frame.bottom - frame.top);
      const level = Math.round(LEVELS * Math.min(1, Math.max(0, height)));
      if (this.lab.settings.mode === "hand") return void this.apply({ level });
      const j = Math.min(8, Math.max(0, Math.round(8 * share)));
      const knots = this.lab.settings.knots.slice();
      const from = last ?? { j, level };
      const span = Math.abs(j - from.j);
      for (let i = 0; i <= span; i++) {
        const part = span ? i / span : 1;
        const index = from.j + Math.sign(j - from.j) * i;
        knots[index] = Math.round(from.level * (1 - part) + level * part);
      }
      last = { j, level };
      this.ui.playing = false;
      this.apply({ knots });
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
    this.all(".knob").forEach((knob, j) => {
      knob.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
        const by = { ArrowUp: 4, ArrowRight: 4, ArrowDown: -4, ArrowLeft: -4, PageUp: 24,
          PageDown: -24, Home: -LEVELS, End: LEVELS }[event.key];
        if (!by) return;
        const knots = this.lab.settings.knots.slice();
        knots[j] = Math.min(LEVELS, Math.max(0, knots[j] + by));
        this.apply({ knots, mode: "curve" });
        event.preventDefault();
      });
    });
  }

  // -- panels ---------------------------------------------------------------------------------

  bindPanels() {
    for (const shots of [1, 100, 1000]) {
      this.get(`#shots-${shots}`).addEventListener("click", () => this.measure(shots));
    }
    /** @param {string} selector @param {() => void} action */
    const click = (selector, action) => this.get(selector).addEventListener("click", action);
    click("#game-start", () => this.startGame(EVEN.slice()));
    click("#game-run", () => {
      this.startGame(this.lab.settings.knots);
      this.set({ playing: true });
    });
    click("#game-reset", () => this.startGame(EVEN.slice()));
    click("#game-show", () => {
      this.ui.looked = true;
      this.startGame(TOOLKIT.slice());
    });
    click("#save", () => this.save());
    click("#run-go", () => this.goOn());
    click("#run-play", () => {
      const last = this.data.stages.length - 1;
      if (!this.ui.filming && this.ui.film >= last) this.ui.film = 0;
      this.set({ filming: !this.ui.filming });
    });
    this.get("#run-stage").addEventListener("input", () =>
      this.set({ filming: false, film: Number(this.get("#run-stage").value) }));
    this.get("#player").addEventListener("input", () =>
      this.set({ name: this.get("#player").value.slice(0, 60) }));
  }

  /** @param {number[]} knots */
  startGame(knots) {
    this.ui.playing = false;
    this.axis = [];
    this.apply({ ...GAME, knots });
    this.lab.restart();
    this.render();
  }

  /** @param {number} shots */
  measure(shots) {
    if (this.ui.locked) return;
    this.ui.playing = false;
    const results = this.lab.measure(shots);
    if (!this.calm.matches) {
      this.ui.falling = results.slice(0, 60).map((j, i) => ({ j, fall: 1 + i * 0.04 }));
    }
    this.render();
  }

  /** The best curve of the player, unless it is the one that was shown. */
  noteScore() {
    if (this.ui.tab !== "game" || !this.lab.isGame()) return;
    const { knots } = this.lab.settings;
    const { success } = this.lab.score(knots);
    if (success > this.ui.bestScore && !this.ui.looked) {
      this.ui.bestScore = success;
      this.ui.best = knots.slice();
    }
  }

  save() {
    const { t, D, success } = this.lab.readings();
    const values = Array.from(this.lab.wave.probabilities());
    this.ui.saved.push({ hash: toHash(this.lab.settings), values, t, D, success });
    this.render();
  }

  /** A run of the toolkit. @param {any} data */
  open(data) {
    this.data = data;
    if (typeof data.state === "string") this.lab.apply(fromHash(data.state));
    if (!Array.isArray(data.stages) || !data.stages.length) return;
    this.ui.tab = "saved";
    this.ui.film = data.stages.length - 1;
  }

  // -- circuit --------------------------------------------------------------------------------

  bindCircuit() {
    const scroll = this.get(".scroll");
    scroll.addEventListener("click", (/** @type {MouseEvent} */ event) => {
      const x = event.clientX - scroll.getBoundingClientRect().left + scroll.scrollLeft;
      const frames = this.frames();
      const { boxes } = view.circuitLayout(frames, this.ui.unfolded);
      boxes.forEach((box, f) => {
        const g = Math.round((x - box.x - 16) / 19);
        if (x < box.x || x > box.x + box.width) return;
        if (box.gates.length && g < box.gates.length) this.set({ gate: [f, Math.max(0, g)] });
        else if (box.more) this.set({ unfolded: true });
      });
    });
    scroll.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by) return;
      this.walk(by);
      event.preventDefault();
    });
    this.get("#unfold").addEventListener("click", () => this.set({ unfolded: !this.ui.unfolded }));
  }

  /** The next gate that is shown. @param {number} by */
  walk(by) {
    const { boxes } = view.circuitLayout(this.frames(), this.ui.unfolded);
    const shown = boxes.flatMap((box, f) => box.gates.map((_, g) => [f, g]));
    const at = shown.findIndex(([f, g]) => f === this.ui.gate[0] && g === this.ui.gate[1]);
    const next = Math.min(shown.length - 1, Math.max(0, at + by));
    this.set({ gate: shown[next] });
  }

  /** Gates of a step, made again only when they change. */
  frames() {
    const { grid, zeta, settings } = this.lab;
    const D = this.lab.diffusion();
    const known = this.madeGates;
    if (known && known.zeta === zeta && known.D === D && known.dt === settings.dt) {
      return known.frames;
    }
    const frames = stepGates(grid, zeta, D, settings.dt);
    this.madeGates = { zeta, D, dt: settings.dt, frames };
    return frames;
  }

  // -- drawing --------------------------------------------------------------------------------

  /** Draw soon, once. */
  render() {
    if (this.request) return;
    this.request = requestAnimationFrame((time) => {
      this.request = 0;
      this.frame(time);
    });
  }

  /** One picture; steps before it while playing. @param {number} time */
  frame(time) {
    const begin = performance.now();
    if (this.ui.playing) this.advance(time);
    if (this.ui.filming) this.roll(time - (this.lastTime ?? time));
    this.lastTime = time;
    let more = this.ui.playing || this.ui.filming;
    if (this.ui.falling.length) {
      for (const shot of this.ui.falling) shot.fall -= 0.06;
      this.ui.falling = this.ui.falling.filter((shot) => shot.fall > 0);
      more = true;
    }
    this.show();
    let missing = true;
    while (missing && performance.now() - begin < FRAME_BUDGET) missing = this.lab.makeGap();
    if (missing) more = true;
    if (!missing && this.gapsOf !== this.lab.gaps) {
      this.gapsOf = this.lab.gaps;
      more = true;
    }
    this.work = performance.now() - begin;
    if (more) this.render();
  }

  /** Go on with the film of a run. @param {number} elapsed */
  roll(elapsed) {
    const last = this.data.stages.length - 1;
    this.ui.film = Math.min(last, this.ui.film + (Math.min(100, elapsed) * last) / (1000 * WATCH));
    if (this.ui.film >= last) this.ui.filming = false;
  }

  /** @param {number} time */
  advance(time) {
    const elapsed = Math.min(100, time - (this.lastTime ?? time));
    this.pace += (elapsed * this.lab.steps) / (1000 * WATCH);
    const begin = performance.now();
    const whole = Math.floor(this.pace);
    const { dt } = this.lab.settings;
    const left = this.ui.until
      ? Math.max(0, Math.round((this.ui.until.time - this.lab.wave.time) / dt)) : Infinity;
    for (let j = 0; j < Math.min(whole, left) && performance.now() - begin < STEP_BUDGET; ) {
      const count = Math.min(8, whole - j, left - j);
      this.lab.advance(count);
      j += count;
    }
    this.pace -= whole;
    if (whole) this.ui.falling = [];
    const { until } = this.ui;
    const there = until && this.lab.wave.time >= until.time - 0.5 * this.lab.settings.dt;
    if (this.lab.done || there) this.ui.playing = false;
    if (until && !this.ui.playing) {
      this.ui.until = null;
      until.then();
    }
  }

  /** Make everything that is seen follow the store. */
  show() {
    const { lab, ui } = this;
    const root = this.get(".lab");
    const theme = this.isDark() ? "dark" : "light";
    if (root.dataset.theme !== theme) root.dataset.theme = theme;
    if (root.lang !== ui.language) root.lang = ui.language;
    root.classList.toggle("present", ui.present);
    root.classList.toggle("report", Boolean(this.data?.stages?.length) && !this.data.state);
    if (this.shownLanguage !== ui.language) this.translate();
    this.showControls();
    this.showReadings();
    for (const tab of TABS) {
      const chosen = ui.tab === tab;
      const button = this.get(`#tab-${tab}`);
      button.setAttribute("aria-selected", String(chosen));
      button.tabIndex = chosen ? 0 : -1;
      this.get(`#panel-${tab}`).hidden = !chosen;
    }
    const style = this.style();
    this.paint("#stage", (ctx, w, h) => view.drawStage(ctx, w, h, lab, style));
    this.paint("#strip", (ctx, w, h) => view.drawStrip(ctx, w, h, lab, style));
    this.placeKnobs();
    if (ui.tab === "momentum") this.showMomentum(style);
    if (ui.tab === "measure") this.showMeasure(style);
    if (ui.tab === "game") this.showGame();
    if (ui.tab === "saved") this.showSaved(style);
    if (ui.tab === "tasks") this.tasks.show();
    if (!ui.present) this.showCircuit(style);
  }

  /** Words that stand still. */
  translate() {
    this.shownLanguage = this.ui.language;
    for (const element of this.all("[data-t]")) {
      element.textContent = this.say(element.dataset.t);
    }
    for (const element of this.all("[data-label]")) {
      element.setAttribute("aria-label", this.say(element.dataset.label));
    }
    for (const element of this.all("#preset option, #start option")) {
      element.textContent = this.say(element.value);
    }
    for (const shots of [1, 100, 1000]) {
      this.text(`#shots-${shots}`, this.say(shots === 1 ? "oneShot" : "shots", { shots }));
    }
    this.tasks.shown = "";
  }

  /** @param {string} selector @param {string} words */
  text(selector, words) {
    const element = this.get(selector);
    if (element.textContent !== words) element.textContent = words;
  }

  showControls() {
    const { lab, ui } = this;
    const s = lab.settings;
    const known = PRESETS.find((one) =>
      one.formula === s.formula && one.lower === s.lower && one.upper === s.upper);
    this.get("#preset").value = s.drawn ? "hand" : known ? known.id : "own";
    const formula = this.get("#formula");
    if (this.root.activeElement !== formula && !ui.error) {
      formula.value = s.drawn ? "…" : s.formula;
    }
    formula.setAttribute("aria-invalid", String(Boolean(ui.error)));
    this.text(".error", ui.error);
    this.get("#draw").setAttribute("aria-pressed", String(ui.drawing));
    this.text("#draw", this.say(ui.drawing ? "drawing" : "draw"));
    this.get(".stage").classList.toggle("drawing", ui.drawing);
    this.get("#start").value = s.start;
    this.text("#n", String(s.n));
    this.get("#fewer").disabled = s.n <= 3 || ui.locked;
    this.get("#more").disabled = s.n >= 9 || ui.locked;
    this.text("#play-text", this.say(ui.playing ? "pause" : "play"));
    this.get("#play-icon").setAttribute("d", ui.playing ? PAUSE : TRIANGLE);
    this.get("#mode-curve").setAttribute("aria-checked", String(s.mode === "curve"));
    this.get("#mode-hand").setAttribute("aria-checked", String(s.mode === "hand"));
    const D = lab.diffusion();
    this.slider("#level", levelOf(D), `D = ${view.short(D)}`);
    this.text("#level-out", view.short(D));
    this.slider("#dt", TIME_STEPS.indexOf(s.dt), `dt = ${s.dt}`);
    this.text("#dt-out", String(s.dt));
    this.get("#time").value = String(s.time);
    const angle = this.say("degrees", { value: s.theta });
    this.slider("#theta", s.theta, angle);
    this.text("#theta-out", angle);
    this.text(".equation .now", `D = ${view.short(D)}`);
    for (const selector of [".setup", ".transport"]) this.get(selector).inert = ui.locked;
    this.get(".veil").hidden = !ui.locked;
  }

  /** @param {string} selector @param {number} value @param {string} words */
  slider(selector, value, words) {
    const input = this.get(selector);
    input.value = String(value);
    input.setAttribute("aria-valuetext", words);
  }

  showReadings() {
    const { lab, ui } = this;
    const r = lab.readings();
    const percent = (/** @type {number | null} */ p) =>
      p === null ? "–" : `${(100 * p).toFixed(1)} %`;
    const shown = {
      t: view.short(r.t), D: view.short(r.D),
      mean: view.short(Math.abs(r.mean) < 5e-4 ? 0 : r.mean),
      width: view.short(r.width), energy: view.short(r.energy), ground: view.short(r.ground),
      gap: view.short(r.gap), success: percent(r.success),
    };
    for (const [key, value] of Object.entries(shown)) this.text(`#r-${key}`, value);
    const warnings = lab.warnings();
    const first = warnings[0];
    const norm = r.logNorm < -7 ? r.logNorm.toExponential(1) : view.short(Math.exp(r.logNorm));
    const shownNorm = r.logNorm < -7 ? `e^${view.short(r.logNorm)}` : norm;
    const says = first ? this.say(`w_${first}`, { norm: shownNorm })
      : lab.done ? this.say("w_done") : ui.said ? this.say(ui.said) : "";
    const status = this.get(".status");
    status.classList.toggle("warn", Boolean(first) && first !== "heat");
    this.text(".status", says);
    if (!ui.playing) {
      this.get("#stage-now").textContent = this.say("stageNow", shown);
    }
  }

  /** Colours, words and damped scales for the pictures. @returns {import("./view.js").Style} */
  style() {
    const { lab } = this;
    const theme = this.get(".lab").dataset.theme;
    if (this.inkOf !== theme) {
      const css = getComputedStyle(this.get(".lab"));
      this.inkOf = theme;
      this.font = css.fontFamily;
      this.ink = Object.fromEntries(
        INKS.map((name) => [name, css.getPropertyValue(`--${name}`).trim()]));
    }
    const p = lab.wave.probabilities();
    const { states } = lab.spectrum();
    const ground = states[0].reduce((most, a) => Math.max(most, a * a), 0);
    const target = Math.max(Math.max(...p), 0.7 * ground);
    const damp = this.ui.playing ? 0.12 : 1;
    this.density = this.density && this.densitySize === p.length
      ? this.density + damp * (target - this.density) : target;
    this.densitySize = p.length;
    const axis = view.energyAxis(lab);
    const soft = this.axis.length && (this.ui.playing || this.ui.drawing) ? 0.08 : 1;
    this.axis = this.axis.length ? this.axis.map((a, j) => a + soft * (axis[j] - a)) : axis;
    return {
      ink: /** @type {Record<string, string>} */ (this.ink), font: this.font,
      density: this.density, axis: this.axis,
      say: (key, values) => this.say(key, values),
    };
  }

  /**
   * Draw on a canvas of as many points as the screen has.
   * @param {string} selector
   * @param {(ctx: CanvasRenderingContext2D, width: number, height: number) => void} draw
   */
  paint(selector, draw) {
    this.paintOn(this.get(selector), draw);
  }

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {(ctx: CanvasRenderingContext2D, width: number, height: number) => void} draw
   */
  paintOn(canvas, draw) {
    const [width, height] = this.sizes.get(canvas) ?? [canvas.clientWidth, canvas.clientHeight];
    if (!width || !height) return;
    const ratio = Math.min(devicePixelRatio || 1, 3);
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== w) canvas.width = w;
    if (canvas.height !== h) canvas.height = h;
    const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    draw(ctx, width, height);
  }

  placeKnobs() {
    const [width, height] = this.sizes.get(this.get("#strip")) ?? [0, 0];
    const key = [this.lab.settings.knots, width, height, this.ui.language].join();
    if (this.placed === key) return;
    this.placed = key;
    const frame = view.stripFrame(width, height);
    this.all(".knob").forEach((knob, j) => {
      const D = diffusionOf(this.lab.settings.knots[j]);
      knob.style.left = `${frame.left + (j / 8) * (frame.right - frame.left)}px`;
      knob.style.top = `${view.stripY(frame, D)}px`;
      const words = this.say("knot", { j: j + 1, D: view.short(D) });
      knob.setAttribute("aria-valuetext", words);
      knob.setAttribute("aria-label", words);
      knob.setAttribute("aria-valuenow", String(rounded(D)));
    });
  }

  /** @param {import("./view.js").Style} style */
  showMomentum(style) {
    const { mean, width } = this.lab.wave.momentum();
    const velocity = view.short(2 * this.lab.diffusion() * mean);
    this.paint("#momentum", (ctx, w, h) => view.drawMomentum(ctx, w, h, this.lab, style));
    this.text("#momentum-now", this.say("momentumNow", {
      mean: view.short(Math.abs(mean) < 1e-6 ? 0 : mean), width: view.short(width), velocity,
    }));
  }

  /** @param {import("./view.js").Style} style */
  showMeasure(style) {
    const { lab, ui } = this;
    this.paint("#measured", (ctx, w, h) => view.drawShots(ctx, w, h, lab, style, ui.falling));
    const v = lab.verdict();
    const goal = lab.minimizers.length > 0;
    const three = (/** @type {number} */ p) => p.toFixed(3);
    const says = this.say(v.low > v.chance ? "better" : v.high < v.chance ? "worse" : "notBetter");
    this.text("#hits", !v.shots ? this.say("noShots")
      : goal ? this.say("hitsOf", { hits: v.hits, shots: v.shots, value: three(v.value) })
        : this.say("noGoal"));
    this.text("#interval", v.shots && goal ? this.say("interval", {
      low: three(v.low), high: three(v.high), chance: three(v.chance), says,
    }) : "");
    this.text("#best-seen", v.shots ? this.say("bestSeen", {
      best: view.short(v.best), lowest: view.short(v.lowest), looked: v.looked,
      size: lab.grid.size,
    }) : "");
    this.text("#cost", v.shots ? this.say("cost", { shots: v.shots, steps: v.steps }) : "");
  }

  showGame() {
    const { lab, ui } = this;
    const on = lab.isGame();
    this.get("#game-off").hidden = on;
    this.get("#game-on").hidden = !on;
    if (!on) return;
    if (!this.fixedScores) {
      this.fixedScores = { toolkit: lab.score(TOOLKIT), even: lab.score(EVEN) };
    }
    const key = lab.settings.knots.join();
    if (this.scored !== key) {
      this.scored = key;
      this.yours = lab.score(lab.settings.knots);
    }
    const yours = /** @type {NonNullable<typeof this.yours>} */ (this.yours);
    if (!ui.bestScore) this.noteScore();
    const best = lab.score(ui.best);
    const { toolkit, even } = this.fixedScores;
    const chance = lab.chance;
    const rows = /** @type {[string, number, number | null, string][]} */ ([
      ["you", yours.success, yours.ground, ""], ["best", best.success, best.ground, ""],
      ["toolkit", toolkit.success, toolkit.ground, "grey"],
      ["even", even.success, even.ground, "grey"], ["chance", chance, null, "grey"],
      ["noHurry", yours.noHurry, 1, "open"],
    ]);
    for (const [id, success, ground, kind] of rows) {
      const bar = this.get(`#bar-${id}`);
      bar.style.width = `${100 * success}%`;
      bar.className = `bar ${kind}`;
      const shared = this.get(`#bar2-${id}`);
      shared.style.width = `${100 * (ground ?? 0)}%`;
      shared.hidden = ground === null;
      this.text(`#val-${id}`, success.toFixed(3));
      this.text(`#val2-${id}`, ground === null ? "" : ground.toFixed(3));
    }
    this.get("#gave-up").hidden = !ui.looked;
    const word = ui.name.trim() && !ui.looked
      ? codeWord(ui.name.trim(), `game ${Math.floor(100 * ui.bestScore)}`) : "–";
    this.text("#game-word", word);
  }

  /** @param {import("./view.js").Style} style */
  showSaved(style) {
    const list = this.get("#saved-list");
    this.get("#no-saved").hidden = this.ui.saved.length > 0;
    this.showRun(style);
    const { saved, language } = this.ui;
    if (list.childElementCount !== saved.length || list.dataset.language !== language) {
      list.dataset.language = language;
      list.replaceChildren(...this.ui.saved.map((one, j) => this.savedItem(one, j)));
    }
    this.all("#saved-list canvas").forEach((canvas, j) =>
      this.paintOn(canvas, (ctx, w, h) =>
        view.drawSmall(ctx, w, h, this.ui.saved[j].values, style)));
  }

  /** @param {SavedRun} one @param {number} j */
  savedItem(one, j) {
    const item = element("li", "saved");
    const success = one.success === null ? "–" : `${(100 * one.success).toFixed(1)} %`;
    const line = element("p", "", this.say("savedLine",
      { t: view.short(one.t), D: view.short(one.D), success }));
    const picture = element("div", "picture");
    picture.append(document.createElement("canvas"));
    const row = element("div", "row");
    /** @param {string} key @param {() => void} action */
    const button = (key, action) => {
      const made = element("button", "", this.say(key));
      made.addEventListener("click", action);
      return made;
    };
    row.append(
      button("load", () => this.load(one.hash)),
      button("csv", () => download("trace.csv", this.traceOf(one.hash))),
      button("remove", () => {
        this.ui.saved.splice(j, 1);
        this.get("#saved-list").replaceChildren();
        this.render();
      }),
    );
    item.append(line, picture, row);
    return item;
  }

  /** t, D, <x>, width, <k> and success of every step of a run. @param {string} hash */
  traceOf(hash) {
    const lab = new Lab(fromHash(hash));
    const lines = ["t,D,mean_x,width_x,mean_k,success"];
    for (let j = 0; j <= lab.steps; j++) {
      const { mean, width } = lab.wave.position();
      const row = [lab.wave.time, lab.diffusion(), mean, width, lab.wave.momentum().mean,
        lab.success() ?? NaN];
      lines.push(row.map((value) => value.toPrecision(8)).join());
      lab.advance(1);
    }
    return lines.join("\n");
  }

  /**
   * The run of the toolkit that the page was made with.
   * @param {import("./view.js").Style} style
   */
  showRun(style) {
    const { data, ui } = this;
    this.get("#run-data").hidden = !data?.stages?.length;
    if (!data?.stages?.length) return;
    const stage = data.stages[Math.floor(ui.film)];
    this.text("#run-title", this.say("runOf", { name: data.title }));
    this.text("#run-verdict", String(data.verdict ?? ""));
    this.text("#run-label", String(stage.label));
    this.text("#run-play", this.say(ui.filming ? "pause" : "play"));
    this.get("#run-go").hidden = !data.final;
    const slider = this.get("#run-stage");
    slider.max = String(data.stages.length - 1);
    this.slider("#run-stage", Math.floor(ui.film), String(stage.label));
    const axes = stage.axes.map((/** @type {string} */ text) => Array.from(bytesOf(text)));
    this.get("#run").parentElement.classList.toggle("square", Boolean(stage.map));
    this.paint("#run", (ctx, w, h) => {
      if (!stage.map) return view.drawRun(ctx, w, h, axes, data.bounds, style);
      const { cells, rows } = stage.map;
      view.drawMap(ctx, w, h, Array.from(bytesOf(cells)), rows, data.bounds, style);
    });
    const checks = this.get("#run-checks");
    if (checks.childElementCount) return;
    checks.append(...(data.checks ?? []).map((/** @type {any} */ check) => {
      const known = ["pass", "FAIL", "note"].includes(check.word) ? check.word : "note";
      return element("li", known, [check.text, check.remedy].filter(Boolean).join(". "));
    }));
    this.get("#run-facts").append(...(data.facts ?? []).flatMap(
      (/** @type {string[]} */ fact) => [element("dt", "", fact[0]), element("dd", "", fact[1])]));
  }

  /** The final state of the run, to go on with by hand. */
  goOn() {
    const { data, lab } = this;
    const D = data.stages.map((/** @type {any} */ one) => one.diffusion).filter(Number.isFinite);
    this.apply({ mode: "hand", theta: 0, level: levelOf(D.length ? D[D.length - 1] : 0.1) });
    const [re, im] = [data.final.re, data.final.im].map((text) =>
      new Float64Array(bytesOf(text).buffer));
    if (re.length !== lab.grid.size || im.length !== lab.grid.size) return;
    lab.wave.set(re, im);
    lab.clearShots();
    this.changed();
  }

  /** @param {import("./view.js").Style} style */
  showCircuit(style) {
    const { lab, ui } = this;
    if (ui.playing && this.shownZeta === lab.zeta && this.shownCircuit) return;
    const frames = this.frames();
    const gate = this.clampedGate(frames);
    const sizes = ["#circuit", "#phase"].map((name) => this.sizes.get(this.get(name)));
    const key = [this.inkOf, ui.language, ui.unfolded, gate, lab.settings.dt, lab.diffusion(),
      lab.grid.n, sizes].join();
    if (this.shownCircuit === key && this.shownZeta === lab.zeta) return;
    this.shownCircuit = key;
    this.shownZeta = lab.zeta;
    const layout = view.circuitLayout(frames, ui.unfolded);
    const canvas = this.get("#circuit");
    canvas.style.width = `${layout.width}px`;
    canvas.style.height = `${(lab.grid.n - 1) * 19 + 60}px`;
    this.paint("#circuit", (ctx, w, h) =>
      view.drawCircuit(ctx, w, h, layout, lab.grid.n, gate, style));
    const [frame, index] = [frames[gate[0]], gate[1]];
    this.paint("#phase", (ctx, w, h) => view.drawPhase(ctx, w, h, frame, index, lab, style));
    const cost = Object.fromEntries(frames.map((one) => [one.name, one.cnots]));
    const all = frames.reduce((sum, one) => sum + one.cnots, 0);
    this.text("#cnots", this.say("cnots", { all, ...cost }));
    const one = frame.gates[index];
    const name = one.kind === "h" ? "H"
      : one.kind === "cp" ? `CP(${view.short(one.angle)})`
        : `R${"Z".repeat(one.qubits.length)}(${view.short(-2 * one.angle)})`;
    const words = this.say("gateIs", {
      j: index + 1, count: frame.gates.length, name,
      qubits: one.qubits.map((q) => `q${q}`).join(", "),
    });
    this.text("#gate-is", words);
    const cnots = one.kind === "cp" ? 2 : one.kind === "h" ? 0 : 2 * (one.qubits.length - 1);
    this.text("#gate-cost", cnots ? this.say("gateCost", { cnots }) : "");
    this.text("#gate-text", this.say({ h: "gateH", cp: "gateCp", z: "gateText" }[one.kind]));
    this.get(".scroll").setAttribute("aria-valuetext", words);
    this.get(".scroll").setAttribute("aria-valuenow", String(index + 1));
    this.get(".scroll").setAttribute("aria-valuemax", String(frame.gates.length));
    this.text("#unfold", this.say(ui.unfolded ? "fold" : "unfold"));
  }

  /** @param {import("./engine.js").Frame[]} frames @returns {[number, number]} */
  clampedGate(frames) {
    const [f, g] = this.ui.gate;
    if (!frames[f].gates.length) return [1, 0];
    return [f, Math.min(g, frames[f].gates.length - 1)];
  }
}

/**
 * An element with a class and a text, which is never read as HTML.
 * @param {string} name @param {string} className @param {string} [text]
 */
export function element(name, className, text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

/** @param {string} text base64 */
const bytesOf = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));

/** @param {string} name @param {string} text */
function download(name, text) {
  const link = document.createElement("a");
  link.download = name;
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
