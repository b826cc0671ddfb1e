/**
 * The page as a widget: `mount(host, options)` makes it inside a shadow root.
 *
 * One store (`this.lab` and `this.ui`), one `render`, which makes everything that is seen follow.
 */

import { CircuitPanel } from "./circuit.js";
import { plain } from "./formula.js";
import { GamePanel } from "./game.js";
import { MeasurePanel } from "./measure.js";
import {
  D_MAX, D_MIN, EVEN, LEVELS, Lab, PLANES, PRESETS, QUBITS, STARTS, TIMES, TIME_STEPS, fromHash,
  levelOf, rounded, toHash,
} from "./model.js";
import { refusalIn } from "./refusals.js";
import { SavedPanel } from "./saved.js";
import { Stage } from "./stage.js";
import { STRINGS, phrase } from "./strings.js";
import { Strip } from "./strip.js";
import { STYLE } from "./style.js";
import { TasksPanel } from "./tasks.js";
import { FACE } from "./template.js";
import { short } from "./view.js";
import { drawMomentum } from "./view-panels.js";
import { drawPlane, drawPlaneMomentum, planeAxis } from "./view-plane.js";
import { drawStage, energyAxis } from "./view-stage.js";
import { drawStrip } from "./view-strip.js";

/** Colours that pictures use, by the names of the style sheet. */
const INKS = [
  "paper", "panel", "text", "muted", "faint", "line", "amber", "green", "blue", "blueSoft",
  "window", "windowLine", "gap", "halo", "front", "contour",
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
 * @typedef {object} Options
 * @property {typeof import("./run.js").RunPanel | null} [run] the panel of a run, if there is one
 * @property {any} [data] that run
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

export class Widget {
  /** @type {Record<string, string>} colours of the theme that is on */
  ink = {};
  inkOf = "";
  shownLanguage = "";
  /** Sizes of canvases: to ask an element for them would lay the whole page out in every frame. */
  sizes = new Map();
  font = "";
  /** @type {number[] | undefined} gaps that are drawn */
  gapsOf;
  /** @type {number | undefined} time of the last frame */
  lastTime;
  /** Milliseconds that the last frame took. */
  work = 0;
  /** Whether a picture was drawn. */
  seen = false;

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
      /** @type {import("./saved.js").SavedRun[]} */ saved: [],
    };
    this.density = 0;
    /** @type {number[]} */
    this.axis = [];
    this.pace = 0;
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    this.stage = new Stage(this);
    this.strip = new Strip(this);
    this.measure = new MeasurePanel(this);
    this.game = new GamePanel(this);
    this.saved = new SavedPanel(this);
    /** A run of the toolkit, where the page has one. */
    this.run = options.run ? new options.run(this, options.data) : null;
    this.circuit = new CircuitPanel(this);
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

  /** @param {string} selector @param {string} type @param {(event: any) => void} action */
  on(selector, type, action) {
    this.get(selector).addEventListener(type, action);
  }

  /** @param {string} key @param {Record<string, unknown>} [values] */
  say(key, values) {
    return phrase(this.ui.language, key, values);
  }

  /** Lists of choices. */
  fill() {
    const option = (/** @type {string} */ value) => new Option(value, value);
    const group = (/** @type {string} */ id, /** @type {string[]} */ ids) => {
      const made = document.createElement("optgroup");
      made.id = id;
      made.append(...ids.map(option));
      return made;
    };
    this.get("#preset").append(
      group("lines", PRESETS.map((one) => one.id)), group("planes", PLANES.map((one) => one.id)),
      ...["own", "hand"].map(option));
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
    const on = this.on.bind(this);
    on("#preset", "change", () => this.choosePreset(this.get("#preset").value));
    on("#formula", "change", () => this.typeFormula(this.get("#formula").value));
    on("#formula", "keydown", (event) => {
      if (event.key === "Enter") this.typeFormula(event.target.value);
    });
    on("#draw", "click", () => this.set({ drawing: !this.ui.drawing }));
    on("#start", "change", () => this.apply({ start: this.get("#start").value }));
    on("#fewer", "click", () => this.addQubits(-1));
    on("#more", "click", () => this.addQubits(1));
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
    const { stage, strip, measure, game, saved, run, circuit } = this;
    for (const part of [stage, strip, measure, game, saved, run, circuit]) part?.bind();
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

  /**
   * Qubits more or less, within limits: buttons turn grey with the next picture only.
   * @param {number} change
   */
  addQubits(change) {
    const [fewest, most] = QUBITS[this.lab.field ? "plane" : "line"];
    const n = this.lab.settings.n + change;
    if (n >= fewest && n <= most) this.apply({ n });
  }

  /** @param {Partial<Widget["ui"]>} patch */
  set(patch) {
    Object.assign(this.ui, patch);
    this.render();
  }

  /** Settings have changed: draw them, and tell who keeps the link. */
  changed() {
    this.game.note();
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
    if (id === "hand") {
      if (this.lab.field) this.choosePreset(PRESETS[0].id);
      return this.set({ drawing: true });
    }
    const preset = [...PRESETS, ...PLANES].find((one) => one.id === id);
    this.axis = [];
    if (!preset) return this.get("#formula").focus();
    const { formula, lower, upper, moving } = preset;
    const hand = moving ? { start: "packet", mode: "hand", level: levelOf(0.4), ...moving } : {};
    this.ui.drawing = false;
    this.apply({
      formula, lower, upper, lowerY: lower, upperY: upper, drawn: null, shift: 0,
      ...this.fitting(lower, upper, lower, upper),
      .../** @type {Partial<import("./model.js").Settings>} */ (hand),
    });
  }

  /**
   * A packet that lies in the box, at rest.
   * @param {number} lower @param {number} upper @param {number} lowerY @param {number} upperY
   */
  fitting(lower, upper, lowerY, upperY) {
    const length = upper - lower;
    return {
      center: rounded(lower + 0.3 * length), width: rounded(0.06 * length), momentum: 0,
      centerY: rounded(lowerY + 0.3 * (upperY - lowerY)), momentumY: 0,
    };
  }

  /** @param {string} typed */
  typeFormula(typed) {
    const formula = plain(typed);
    if (formula === this.lab.settings.formula && !this.lab.settings.drawn) return;
    this.axis = [];
    const { lower, upper } = this.lab.settings;
    const square = this.lab.field ? {} : { lowerY: lower, upperY: upper };
    this.apply({ formula, drawn: null, shift: 0, ...square });
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

  // -- drawing --------------------------------------------------------------------------------

  /** Draw soon, once. @param {number} [wait] frames that go by before */
  render(wait = 0) {
    if (this.request) return;
    this.request = requestAnimationFrame((time) => {
      this.request = 0;
      if (wait) this.render(wait - 1);
      else this.frame(time);
    });
  }

  /** One picture; steps before it while playing. @param {number} time */
  frame(time) {
    const begin = performance.now();
    if (this.ui.playing) this.advance(time);
    if (this.ui.filming) this.run?.roll(time - (this.lastTime ?? time));
    this.lastTime = time;
    let more = this.ui.playing || this.ui.filming;
    if (this.ui.falling.length) {
      for (const shot of this.ui.falling) shot.fall -= 0.06;
      this.ui.falling = this.ui.falling.filter((shot) => shot.fall > 0);
      more = true;
    }
    const style = this.picture();
    if (!this.seen) {
      // What takes time comes when the first picture has been seen.
      this.seen = true;
      return this.render(2);
    }
    this.show(style);
    let missing = true;
    if (this.lab.field?.settle()) more = true;
    // A machine that is always late makes one for every picture that stands still.
    const least = this.ui.playing ? 0 : 1;
    for (let j = 0; missing && (j < least || performance.now() - begin < FRAME_BUDGET); j++) {
      missing = this.lab.makeGap();
    }
    if (missing) more = true;
    if (!missing && this.gapsOf !== this.lab.gaps) {
      this.gapsOf = this.lab.gaps;
      more = true;
    }
    this.work = performance.now() - begin;
    if (more) this.render();
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

  /** What is seen first: words, controls, stage and strip. */
  picture() {
    const { lab, ui } = this;
    const root = this.get(".lab");
    const theme = this.isDark() ? "dark" : "light";
    if (root.dataset.theme !== theme) root.dataset.theme = theme;
    if (root.lang !== ui.language) root.lang = ui.language;
    root.classList.toggle("present", ui.present);
    root.classList.toggle("plane", Boolean(lab.field));
    root.classList.toggle("report", this.run?.alone ?? false);
    if (this.shownLanguage !== ui.language) this.translate();
    this.showControls();
    const style = this.style();
    const draw = lab.field ? drawPlane : drawStage;
    this.paint("#stage", (ctx, w, h) => draw(ctx, w, h, lab, style));
    this.paint("#strip", (ctx, w, h) => drawStrip(ctx, w, h, lab, style));
    this.strip.placeKnobs();
    return style;
  }

  /** Make everything else follow the store. @param {import("./view.js").Style} style */
  show(style) {
    const { ui } = this;
    this.showReadings();
    for (const tab of TABS) {
      const chosen = ui.tab === tab;
      const button = this.get(`#tab-${tab}`);
      button.setAttribute("aria-selected", String(chosen));
      button.tabIndex = chosen ? 0 : -1;
      this.get(`#panel-${tab}`).hidden = !chosen;
    }
    if (ui.tab === "momentum") this.showMomentum(style);
    if (ui.tab === "measure") this.measure.show(style);
    if (ui.tab === "game") this.game.show();
    if (ui.tab === "saved") this.saved.show(style);
    if (ui.tab === "tasks") this.tasks.show();
    if (!ui.present) this.circuit.show(style);
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
    for (const id of ["lines", "planes"]) this.get(`#${id}`).label = this.say(id);
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
    const known = [...PRESETS, ...PLANES].find((one) => one.formula === s.formula
      && one.lower === s.lower && one.upper === s.upper
      && (!lab.field || (one.lower === s.lowerY && one.upper === s.upperY)));
    this.get("#preset").value = s.drawn ? "hand" : known ? known.id : "own";
    const formula = this.get("#formula");
    if (this.root.activeElement !== formula && !ui.error) {
      formula.value = s.drawn ? "…" : s.formula;
    }
    formula.setAttribute("aria-invalid", String(Boolean(ui.error)));
    const { refusal } = lab;
    this.text(".error", ui.error && refusal ? refusalIn(ui.language, refusal) : ui.error);
    this.get("#draw").setAttribute("aria-pressed", String(ui.drawing));
    this.text("#draw", this.say(ui.drawing ? "drawing" : "draw"));
    this.get("#draw").hidden = Boolean(lab.field);
    this.get(".stage").setAttribute("aria-label", this.say(lab.field ? "stageXY" : "stage"));
    this.text("#formula-of", this.say(lab.field ? "formulaXY" : "formula"));
    this.get(".stage").classList.toggle("drawing", ui.drawing);
    this.get("#start").value = s.start;
    this.text("#n", lab.field ? `2 × ${s.n}` : String(s.n));
    const [fewest, most] = QUBITS[lab.field ? "plane" : "line"];
    this.get("#fewer").disabled = s.n <= fewest || ui.locked;
    this.get("#more").disabled = s.n >= most || ui.locked;
    this.text("#play-text", this.say(ui.playing ? "pause" : "play"));
    this.get("#play-icon").setAttribute("d", ui.playing ? PAUSE : TRIANGLE);
    this.get("#mode-curve").setAttribute("aria-checked", String(s.mode === "curve"));
    this.get("#mode-hand").setAttribute("aria-checked", String(s.mode === "hand"));
    const D = lab.diffusion();
    this.slider("#level", levelOf(D), `D = ${short(D)}`);
    this.text("#level-out", short(D));
    this.slider("#dt", TIME_STEPS.indexOf(s.dt), `dt = ${s.dt}`);
    this.text("#dt-out", String(s.dt));
    this.get("#time").value = String(s.time);
    const angle = this.say("degrees", { value: s.theta });
    this.slider("#theta", s.theta, angle);
    this.text("#theta-out", angle);
    this.text(".equation .now", `D = ${short(D)}`);
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
      t: short(r.t), D: short(r.D),
      mean: both(r.mean, r.ofY?.mean), width: both(r.width, r.ofY?.width),
      energy: short(r.energy), ground: short(r.ground),
      gap: short(r.gap), success: percent(r.success),
    };
    for (const [key, value] of Object.entries(shown)) this.text(`#r-${key}`, value);
    this.text("#mean-of", this.say(lab.field ? "r_meanXY" : "r_mean"));
    const warnings = lab.warnings();
    const first = warnings[0];
    const norm = r.logNorm < -7 ? r.logNorm.toExponential(1) : short(Math.exp(r.logNorm));
    const shownNorm = r.logNorm < -7 ? `e^${short(r.logNorm)}` : norm;
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
    const tallest = p.reduce((most, one) => Math.max(most, one), 0);
    const target = Math.max(tallest, 0.7 * ground);
    const damp = this.ui.playing ? 0.12 : 1;
    this.density = this.density && this.densitySize === p.length
      ? this.density + damp * (target - this.density) : target;
    this.densitySize = p.length;
    const axis = lab.field ? planeAxis(lab) : energyAxis(lab);
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

  /** @param {import("./view.js").Style} style */
  showMomentum(style) {
    const { lab } = this, { mean, width } = lab.wave.momentum();
    const ofY = lab.field ? lab.wave.momentum(lab.field.grid.ky) : null;
    const draw = lab.field ? drawPlaneMomentum : drawMomentum;
    this.get("#momentum").parentElement.classList.toggle("square", Boolean(lab.field));
    this.paint("#momentum", (ctx, w, h) => draw(ctx, w, h, lab, style));
    const D = lab.diffusion();
    this.text("#momentum-now", this.say("momentumNow", {
      mean: both(mean, ofY?.mean), width: both(width, ofY?.width),
      velocity: both(2 * D * mean, ofY ? 2 * D * ofY.mean : undefined),
    }));
  }
}

/** A number of x, and of y where there is one. @param {number} x @param {number} [y] */
function both(x, y) {
  const [one, other] = [x, y ?? 0].map((value) => (Math.abs(value) < 5e-4 ? 0 : value));
  return y === undefined ? short(one)
    : [one, other].map((value) => short(Number(value.toFixed(2)))).join(", ");
}
