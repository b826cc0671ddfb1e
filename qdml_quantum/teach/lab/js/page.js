/** The page: the widget, and the address bar that follows it. */

import { mount } from "./widget.js";

/** @returns {any} what the toolkit has put into the page, or nothing */
function dataOfPage() {
  const text = document.getElementById("data")?.textContent;
  return text ? JSON.parse(text) : null;
}

const around = new CSSStyleSheet();
around.replaceSync(`
body { margin: 0 }
#lab { display: grid; grid-template-columns: minmax(0, 1fr); min-height: 100vh }
`);
document.adoptedStyleSheets = [around];
const host = /** @type {HTMLElement} */ (document.getElementById("lab"));
const data = dataOfPage();
const begin = location.hash.length > 1 ? location.hash : data?.state ?? "";
const lab = mount(host, {
  data, state: begin, keys: true, language: navigator.language.startsWith("zh") ? "zh" : "en",
  onState: (state) => {
    written = state;
    try {
      history.replaceState(null, "", state);
    } catch (error) {
      if (!(error instanceof DOMException)) throw error; // an iframe without an address
    }
  },
});
/** For the console: `document.getElementById("lab").widget`. */
Object.assign(host, { widget: lab });
let written = "";
addEventListener("hashchange", () => {
  if (location.hash !== written) lab.load(location.hash);
});
