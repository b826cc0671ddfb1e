/** How a page begins: the widget, and the address bar that follows it. */

import { host } from "./elements.js";
import { mount } from "./widget.js";

/** @param {typeof import("./run.js").RunPanel | null} run the panel of a run, if there is one */
export function begin(run) {
  const { at, data } = host();
  const state = location.hash.length > 1 ? location.hash : data?.state ?? "";
  let written = "";
  const lab = mount(at, {
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
  Object.assign(at, { widget: lab });
  addEventListener("hashchange", () => {
    if (location.hash !== written) lab.load(location.hash);
  });
}
