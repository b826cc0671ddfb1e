/**
 * The page of a table, and of a search whose windows close in: nothing moves but what is asked for.
 *
 * Columns are sorted by a press on their heads; an interval is drawn beside its number.
 */

import { element, host, press } from "./elements.js";
import { REPORT_WORDS, filled } from "./report-words.js";
import { STYLE } from "./style.js";
import { drawProgress, drawWindows } from "./view-windows.js";

/**
 * @typedef {object} Column
 * @property {string} name
 * @property {"text" | "number" | "interval"} kind an interval is [value, low, high]
 */
/** @typedef {string | number | boolean | null | number[]} Cell */
/**
 * @typedef {object} Table
 * @property {string} title
 * @property {Column[]} columns
 * @property {Cell[][]} rows
 */
/** @typedef {import("./view-windows.js").Search} Search */
/** @typedef {{title: string, words: string[], tables: Table[], search: Search | null}} Report */

/** Letters of a cell that is broken into lines. */
const LONG = 30;

/** Seconds that all windows of a search take to look at. */
const FILM = 12;

class ReportPage {
  /** @param {HTMLElement} host @param {Report} data */
  constructor(host, data) {
    this.data = data;
    this.words = REPORT_WORDS[navigator.language.startsWith("zh") ? "zh" : "en"];
    this.root = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    this.root.adoptedStyleSheets = [sheet];
    this.face = element("div", "lab table-page");
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    this.at = data.search ? data.search.windows.length - 1 : 0;
    this.playing = false;
    /** @type {number | undefined} frame that is asked for */
    this.request = undefined;
    this.root.append(this.face);
    const main = element("main", "");
    const header = element("header", "");
    header.append(element("h1", "", data.title));
    main.append(...data.words.map((text) => element("p", "", text)));
    if (data.search) main.append(...this.search(data.search));
    for (const table of data.tables) main.append(...this.table(table));
    const footer = element("footer", "");
    footer.append(element("p", "honest", this.words.honest));
    this.face.append(header, main, footer);
    this.theme();
    this.dark.addEventListener("change", () => this.theme());
    new ResizeObserver(() => this.draw()).observe(this.face);
  }

  theme() {
    this.face.dataset.theme = this.dark.matches ? "dark" : "light";
    this.draw();
  }

  // -- tables ---------------------------------------------------------------------------------

  /** @param {Table} table */
  table({ title, columns, rows }) {
    const made = element("table", "sheet");
    const head = element("thead", ""), body = element("tbody", "");
    const line = element("tr", "");
    /** Largest value of every interval, so that all bars of a column have one scale. */
    const most = columns.map((_, c) => rows.reduce((sum, row) => {
      const cell = row[c];
      return Array.isArray(cell) ? Math.max(sum, ...cell.filter(Number.isFinite)) : sum;
    }, 0));
    const show = (/** @type {Cell[][]} */ sorted) => body.replaceChildren(...sorted.map((row) => {
      const made = element("tr", "");
      made.append(...row.map((cell, c) => this.cell(cell, columns[c], most[c])));
      return made;
    }));
    columns.forEach((column, c) => {
      const cell = element("th", column.kind);
      cell.setAttribute("scope", "col");
      const button = press(column.name, () => {
        const up = cell.getAttribute("aria-sort") !== "ascending";
        for (const other of line.children) other.removeAttribute("aria-sort");
        cell.setAttribute("aria-sort", up ? "ascending" : "descending");
        show(sortedBy(rows, c, up));
      });
      cell.append(button);
      line.append(cell);
    });
    head.append(line);
    made.append(head, body);
    show(rows);
    const scroll = element("div", "wide");
    scroll.tabIndex = 0;
    scroll.setAttribute("role", "region");
    scroll.setAttribute("aria-label", title);
    scroll.append(made);
    return [element("h2", "", title), element("p", "small", this.words.sort), scroll];
  }

  /** @param {Cell} cell @param {Column} column @param {number} most */
  cell(cell, { kind }, most) {
    const made = element("td", kind);
    if (!Array.isArray(cell)) {
      const text = made.textContent = shown(cell);
      if (text.length > LONG) made.classList.add("long");
      return made;
    }
    const [value, low, high] = cell.map((one) => (Number.isFinite(one) ? one : NaN));
    made.append(element("span", "figure", shown(value)));
    if (most > 0 && Number.isFinite(value)) {
      const bar = element("span", "range"), dot = element("i", "");
      const [from, to] = [low, high].map((end) => (Number.isFinite(end) ? end : value));
      bar.style.setProperty("--from", `${(100 * from) / most}%`);
      bar.style.setProperty("--to", `${(100 * (most - to)) / most}%`);
      dot.style.left = `${(100 * value) / most}%`;
      bar.append(dot);
      bar.setAttribute("role", "img");
      const ends = { low: shown(from), high: shown(to) };
      bar.setAttribute("aria-label", filled(this.words.between, ends));
      made.append(bar, element("span", "ends", `${ends.low} … ${ends.high}`));
    }
    return made;
  }

  // -- windows of a search --------------------------------------------------------------------

  /** @param {Search} search */
  search(search) {
    const { words } = this;
    this.maps = this.canvas(words.windows, "windows");
    this.lines = this.canvas(words.progress, "progress");
    const pair = element("div", "gate");
    pair.append(this.maps.parentElement ?? this.maps, this.lines.parentElement ?? this.lines);
    const row = element("div", "row");
    const slider = /** @type {HTMLInputElement} */ (element("input", ""));
    slider.type = "range";
    slider.id = "window";
    slider.min = "0";
    slider.max = String(search.windows.length - 1);
    slider.setAttribute("aria-label", words.which);
    slider.addEventListener("input", () => {
      this.playing = false;
      this.at = Number(slider.value);
      this.draw();
    });
    const play = press(words.play, () => {
      this.playing = !this.playing;
      if (this.playing && this.at >= search.windows.length - 1) this.at = 0;
      this.last = undefined;
      this.draw();
    });
    play.id = "play";
    this.slider = slider;
    this.play = play;
    this.label = element("output", "");
    row.append(play, slider, this.label);
    return [element("h2", "", words.closing), pair, row, element("p", "small", words.legend)];
  }

  /** @param {string} label @param {string} id */
  canvas(label, id) {
    const picture = element("div", "picture square"), canvas = document.createElement("canvas");
    canvas.id = id;
    picture.setAttribute("role", "img");
    picture.setAttribute("aria-label", label);
    picture.append(canvas);
    return canvas;
  }

  /** Draw soon, once. */
  draw() {
    this.request ??= requestAnimationFrame((time) => {
      this.request = undefined;
      this.frame(time);
    });
  }

  /** @param {number} time */
  frame(time) {
    const { search } = this.data;
    if (!search || !this.maps || !this.lines) return;
    const last = search.windows.length - 1;
    if (this.playing) {
      const elapsed = Math.min(100, time - (this.last ?? time));
      this.at = Math.min(last, this.at + (elapsed * last) / (1000 * FILM));
      if (this.at >= last) this.playing = false;
      this.last = time;
    }
    const css = getComputedStyle(this.face), at = Math.floor(this.at);
    const ink = (/** @type {string} */ name) => css.getPropertyValue(`--${name}`).trim();
    for (const [canvas, paint] of /** @type {const} */ ([
      [this.maps, drawWindows], [this.lines, drawProgress]])) {
      const { clientWidth: width, clientHeight: height } = canvas;
      const ratio = Math.min(devicePixelRatio || 1, 3);
      [canvas.width, canvas.height] = [width * ratio, height * ratio];
      const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
      ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
      ctx.font = `11.5px ${css.fontFamily}`;
      paint(ctx, width, height, search, at, ink, this.words);
    }
    const one = search.windows[at];
    if (this.slider) this.slider.value = String(at);
    if (this.play) this.play.textContent = this.playing ? this.words.pause : this.words.play;
    if (this.label) {
      this.label.textContent = filled(this.words.now, {
        j: at + 1, count: last + 1, kind: one.kind, start: one.start + 1, fun: shown(one.fun),
      });
    }
    if (this.playing) this.draw();
  }
}

/** A cell for people. @param {Cell} cell */
function shown(cell) {
  if (cell === null || cell === undefined || Number.isNaN(cell)) return "–";
  if (typeof cell !== "number") return String(cell);
  return Number.isInteger(cell) ? String(cell) : String(Number(cell.toPrecision(4)));
}

/**
 * Rows by a column: numbers by size, words by letters, what is missing last.
 * @param {Cell[][]} rows @param {number} column @param {boolean} up
 */
export function sortedBy(rows, column, up) {
  const key = (/** @type {Cell[]} */ row) => {
    const cell = row[column], value = Array.isArray(cell) ? cell[0] : cell;
    return typeof value === "boolean" ? Number(value) : value;
  };
  const missing = (/** @type {unknown} */ value) => value === null || Number.isNaN(value);
  return rows.slice().sort((one, other) => {
    const [a, b] = [key(one), key(other)];
    if (missing(a) || missing(b)) return Number(missing(a)) - Number(missing(b));
    const order = typeof a === "number" && typeof b === "number" ? a - b
      : String(a).localeCompare(String(b));
    return up ? order : -order;
  });
}

const { at, data } = host();
new ReportPage(at, data);
