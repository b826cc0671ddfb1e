/** The game: D(t) for sixty steps, by success and by the share in the ground state. */

import { codeWord } from "./codeword.js";
import { element } from "./elements.js";
import { EVEN, GAME, TOOLKIT } from "./model.js";

/** Rows of the scores. */
const BARS = ["you", "best", "toolkit", "even", "chance", "noHurry"];

/** What the panel of the game shows. */
export class GamePanel {
  /** Knots whose score `yours` is. */
  scored = "";
  /** @type {{success: number, ground: number, noHurry: number} | undefined} */
  yours;
  /** @type {Record<"toolkit" | "even", {success: number, ground: number}> | undefined} */
  fixedScores;

  /** @param {import("./widget.js").Widget} widget */
  constructor(widget) {
    this.widget = widget;
  }

  bind() {
    const { widget } = this;
    widget.get(".bars").append(...BARS.flatMap((id) => {
      const name = element("span", ""), track = element("span", "track");
      const value = element("span", "value");
      name.dataset.t = id === "chance" ? "guessing" : id;
      for (const kind of ["bar", "bar2"]) {
        const bar = element("span", "bar share");
        bar.id = `${kind}-${id}`;
        track.append(bar);
      }
      for (const [kind, tag] of [["val", "b"], ["val2", "span"]]) {
        const text = element(tag, "");
        text.id = `${kind}-${id}`;
        value.append(text);
      }
      return [name, track, value];
    }));
    widget.on("#game-start", "click", () => this.start(EVEN.slice()));
    widget.on("#game-run", "click", () => {
      this.start(widget.lab.settings.knots);
      widget.set({ playing: true });
    });
    widget.on("#game-reset", "click", () => this.start(EVEN.slice()));
    widget.on("#game-show", "click", () => {
      widget.ui.looked = true;
      this.start(TOOLKIT.slice());
    });
    widget.on("#player", "input", () =>
      widget.set({ name: widget.get("#player").value.slice(0, 60) }));
  }

  /** @param {number[]} knots */
  start(knots) {
    const { widget } = this;
    widget.ui.playing = false;
    widget.axis = [];
    widget.apply({ ...GAME, knots });
    widget.lab.restart();
    widget.render();
  }

  /** The best curve of the player, unless it is the one that was shown. */
  note() {
    const { widget } = this;
    if (widget.ui.tab !== "game" || !widget.lab.isGame()) return;
    const { knots } = widget.lab.settings;
    const { success } = widget.lab.score(knots);
    if (success > widget.ui.bestScore && !widget.ui.looked) {
      widget.ui.bestScore = success;
      widget.ui.best = knots.slice();
    }
  }

  show() {
    const { widget } = this, { lab, ui } = widget;
    const on = lab.isGame();
    widget.get("#game-off").hidden = on;
    widget.get("#game-on").hidden = !on;
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
    if (!ui.bestScore) this.note();
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
      const bar = widget.get(`#bar-${id}`);
      bar.style.width = `${100 * success}%`;
      bar.className = `bar ${kind}`;
      const shared = widget.get(`#bar2-${id}`);
      shared.style.width = `${100 * (ground ?? 0)}%`;
      shared.hidden = ground === null;
      widget.text(`#val-${id}`, success.toFixed(3));
      widget.text(`#val2-${id}`, ground === null ? "" : ground.toFixed(3));
    }
    widget.get("#gave-up").hidden = !ui.looked;
    const word = ui.name.trim() && !ui.looked
      ? codeWord(ui.name.trim(), `game ${Math.floor(100 * ui.bestScore)}`) : "–";
    widget.text("#game-word", word);
  }
}
