/** How a page begins: the widget, and the address bar that follows it. */

import { mount } from "./widget.js";

/** @returns {any} what the toolkit has put into the page, or nothing */
function dataOfPage() {
  const text = document.getElementById("data")?.textContent;
  return text ? JSON.parse(text) : null;
}

/** @param {typeof import("./run.js").RunPanel | null} run the panel of a run, if there is one */
export function begin(run) {
  const around = new CSSStyleSheet();
  around.replaceSync(`
  body { margin: 0 }
  #lab { display: grid; grid-template-columns: minmax(0, 1fr); min-height: 100vh }
  `);
  document.adoptedStyleSheets = [around];
  const host = /** @type {HTMLElement} */ (document.getElementById("lab"));
  const data = dataOfPage();
  const state = location.hash.length > 1 ? location.hash : data?.state ?? "";
  let written = "";
  const lab = mount(host, {
    run, data, state, keys: true, language: navigator.language.startsWith("zh") ? "zh" : "en",
    onState: (link) => {
      written = link;
      try {
        history.replaceState(null, "", link);
      } catch (error) {
        if (!(error instanceof DOMException)) throw error; // an iframe without an address
      }
    },
  });
  /** For the console: `document.getElementById("lab").widget`. */
  Object.assign(host, { widget: lab });
  addEventListener("hashchange", () => {
    if (location.hash !== written) lab.load(location.hash);
  });
}
