/** The panel of exercises: predict (the stage waits), run, reveal, the reason, a code word. */

import { codeWord } from "./codeword.js";
import * as lessons from "./exercises.js";
import { element, press } from "./elements.js";
import { TASK_WORDS } from "./strings.js";
import { short } from "./view.js";

/** @typedef {"ask" | "runs" | "told" | "solved"} Phase */

/** @param {string} text @param {Record<string, unknown>} values */
const filled = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) =>
  Object.hasOwn(values, name) ? String(values[name]) : whole);

/** What the panel remembers of the exercise that is open. */
export class TasksPanel {
  /**
   * @param {any} widget
   * @param {HTMLElement} host
   */
  constructor(widget, host) {
    this.widget = widget;
    this.host = host;
    /** What is shown, so that nothing is made anew that is the same. */
    this.shown = "";
    /** @type {lessons.Exercise | null} */
    this.exercise = null;
    /** @type {ReturnType<typeof lessons.parameters> | null} */
    this.task = null;
    /** @type {Phase} */
    this.phase = "ask";
    this.attempts = new Map();
    this.solved = new Map();
    this.hints = 0;
    this.answer = NaN;
    /** What has been typed so far. */
    this.draft = "";
    this.note = "";
  }

  /** @param {string} key @param {Record<string, unknown>} [values] */
  say(key, values = {}) {
    const { language } = this.widget.ui;
    return filled((TASK_WORDS[language] ?? TASK_WORDS.en)[key] ?? TASK_WORDS.en[key], values);
  }

  /**
   * A text of the exercise, with its numbers.
   * @param {string} key
   */
  words(key) {
    const { exercise, task } = this;
    if (!exercise || !task) return "";
    return lessons.filledText(this.texts(exercise), key, task.p, short);
  }

  /** Texts of an exercise. @param {lessons.Exercise} exercise */
  texts(exercise) {
    return exercise.words[this.widget.ui.language] ?? exercise.words.en;
  }

  /** @param {string} id */
  open(id) {
    this.exercise = lessons.exerciseOf(id);
    this.begin();
  }

  /** Draw parameters, set the stage up, and wait. */
  begin() {
    const { exercise, widget } = this;
    if (!exercise) return;
    const name = widget.ui.name.trim();
    if (!name) {
      this.exercise = null;
      this.note = this.say("needName");
      return this.again();
    }
    this.task = lessons.parameters(exercise, name, this.attempts.get(exercise.name) ?? 0);
    this.phase = "ask";
    this.hints = 0;
    this.draft = "";
    this.note = "";
    widget.ui.locked = false;
    widget.setUp(exercise.settings(this.task.p));
    widget.ui.locked = true;
    this.again();
  }

  close() {
    this.exercise = null;
    this.note = "";
    this.widget.ui.locked = false;
    this.widget.ui.until = null;
    this.again();
  }

  /** The prediction is made: the stage plays to where it can be compared. @param {number} answer */
  predict(answer) {
    const { exercise, task, widget } = this;
    if (!exercise || !task) return;
    if (!Number.isFinite(answer)) {
      this.note = this.say("needNumber");
      return this.again();
    }
    this.answer = answer;
    this.note = "";
    widget.ui.locked = false;
    this.phase = "runs";
    this.watch();
  }

  /** Let the stage play, and reveal when it is there. */
  watch() {
    const { exercise, task, widget } = this;
    if (!exercise || !task) return;
    widget.setUp(exercise.settings(task.p, this.answer));
    widget.playTo(exercise.until(task.p), () => {
      if (this.phase === "runs") this.phase = "told";
      this.again();
    });
    this.again();
  }

  /** @param {number} reason */
  choose(reason) {
    if (reason !== 0) {
      this.note = this.say("notReason");
      return this.again();
    }
    const { exercise, widget } = this;
    if (!exercise) return;
    this.solved.set(exercise.name, codeWord(widget.ui.name, exercise.name));
    this.note = "";
    this.phase = "solved";
    this.again();
  }

  retry() {
    const { exercise } = this;
    if (!exercise) return;
    this.attempts.set(exercise.name, (this.attempts.get(exercise.name) ?? 0) + 1);
    this.begin();
  }

  /** Something has changed: the panel is made anew, and the focus stays where people look. */
  again() {
    this.shown = "";
    this.widget.render();
  }

  /** Make the panel, if it is not as it ought to be. */
  show() {
    const { ui } = this.widget;
    const key = [ui.language, this.exercise?.name, this.phase, this.hints, this.note].join();
    if (this.shown === key) return;
    const hadFocus = this.host.contains(this.widget.root.activeElement);
    this.shown = key;
    this.host.replaceChildren(...(this.exercise ? this.question() : this.list()));
    const veil = this.widget.get("#veil");
    veil.textContent = this.say("veil");
    if (hadFocus) {
      /** @type {HTMLElement | null} */ (this.host.querySelector("[data-focus]"))?.focus();
    }
  }

  /** @returns {HTMLElement[]} */
  list() {
    const { ui } = this.widget;
    const label = element("label", "row", "");
    const name = /** @type {HTMLInputElement} */ (element("input", "", ""));
    name.type = "text";
    name.maxLength = 60;
    name.value = ui.name;
    name.id = "name";
    name.addEventListener("input", () => (ui.name = name.value));
    label.append(element("span", "", this.say("name")), name);
    const list = element("ol", "list", "");
    for (const exercise of lessons.EXERCISES) {
      const item = element("li", "", "");
      const { title } = this.texts(exercise);
      const solved = this.solved.get(exercise.name);
      const text = solved ? `✓ ${title} (${solved})` : title;
      const button = press(text, () => this.open(exercise.name));
      button.id = `task-${exercise.name}`;
      item.append(button);
      list.append(item);
    }
    list.querySelector("button")?.setAttribute("data-focus", "");
    return [
      element("h2", "", this.say("title")), element("p", "", this.say("intro")), label,
      this.noteLine(), list, element("p", "small", this.say("words")),
    ];
  }

  /** @returns {HTMLElement[]} */
  question() {
    const parts = [
      press(`← ${this.say("back")}`, () => this.close()), element("h2", "", this.words("title")),
      element("p", "", `${this.words("ask")} ${this.words("stage")}`.trim()),
    ];
    parts[0].id = "task-back";
    if (this.phase === "ask") parts.push(...this.asking());
    else if (this.phase !== "runs") parts.push(...this.telling());
    return parts;
  }

  noteLine() {
    const line = element("p", "error", this.note);
    line.setAttribute("role", "alert");
    return line;
  }

  /** @returns {HTMLElement[]} */
  asking() {
    const { exercise } = this;
    const parts = [];
    for (let j = 1; j <= this.hints; j++) parts.push(element("p", "small", this.words(`hint${j}`)));
    if (exercise?.choices) {
      const list = element("ul", "list", "");
      exercise.choices.forEach((id, j) => {
        const item = element("li", "", "");
        const button = press(this.words(`choice_${id}`) || id, () => this.predict(j));
        if (!j) button.setAttribute("data-focus", "");
        item.append(button);
        list.append(item);
      });
      parts.push(list);
    } else {
      const form = element("form", "answer", "");
      const input = /** @type {HTMLInputElement} */ (element("input", "", ""));
      input.type = "text";
      input.inputMode = "decimal";
      input.id = "answer";
      input.value = this.draft;
      input.addEventListener("input", () => (this.draft = input.value));
      input.autocomplete = "off";
      input.setAttribute("aria-label", this.say("answer"));
      input.setAttribute("data-focus", "");
      const button = element("button", "main", this.say("predict"));
      button.id = "predict";
      form.append(input, button);
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        this.predict(readNumber(input.value));
      });
      parts.push(form);
    }
    if (this.hints < 2) {
      const hint = press(this.say(`hint${this.hints + 1}`), () => {
        this.hints++;
        this.again();
      });
      hint.id = "hint";
      parts.push(hint);
    }
    return [...parts, this.noteLine()];
  }

  /** @returns {HTMLElement[]} */
  telling() {
    const { exercise, task, answer } = this;
    if (!exercise || !task) return [];
    const verdict = lessons.judge(exercise, task, answer);
    const right = verdict === "right";
    const shown = (/** @type {number} */ value) => {
      const id = exercise.choices?.[value];
      return id === undefined ? short(value) : this.words(`choice_${id}`) || id;
    };
    const box = element("div", `verdict ${right ? "right" : "wrong"}`, "");
    box.setAttribute("role", "status");
    const says = right ? this.say("right") : verdict === "other" ? this.say("other")
      : this.words(verdict);
    box.append(
      element("p", "big",
        this.say("measured", { truth: shown(task.truth), answer: shown(answer) })),
      element("p", "", says),
    );
    const parts = [box];
    if (!right || this.phase === "solved") {
      const why = element("p", "", this.words("why"));
      parts.push(element("h3", "", this.say("why")), why);
    }
    if (right && this.phase === "told") parts.push(...this.reasons());
    if (this.phase === "solved") {
      const line = element("p", "", `${this.say("word")} `);
      const word = element("span", "word code", this.solved.get(exercise.name) ?? "");
      word.id = "code-word";
      line.append(word);
      line.setAttribute("role", "status");
      parts.push(line);
    }
    const row = element("div", "row", "");
    const look = press(this.say("replay"), () => this.watch());
    const retry = press(this.say("retry"), () => this.retry());
    retry.id = "retry";
    if (!right || this.phase === "solved") retry.setAttribute("data-focus", "");
    row.append(look, retry);
    return [...parts, this.noteLine(), row];
  }

  /** @returns {HTMLElement[]} */
  reasons() {
    const list = element("ul", "list", "");
    const order = lessons.reasonOrder(this.widget.ui.name, this.exercise?.name ?? "");
    order.forEach((reason, j) => {
      const item = element("li", "", "");
      const button = press(this.words(`reason${reason}`), () => this.choose(reason));
      button.dataset.reason = String(reason);
      if (!j) button.setAttribute("data-focus", "");
      item.append(button);
      list.append(item);
    });
    return [element("h3", "", this.say("reason")), list];
  }
}

/** A number as people write it: a comma or a point, a minus of any kind. @param {string} text */
export function readNumber(text) {
  const plain = text.trim().replace(/[−–]/g, "-").replace(",", ".");
  return plain === "" ? NaN : Number(plain);
}
