/** The widget in a notebook, as anywidget takes it: the link goes both ways. */

import { RunPanel } from "./run.js";
import { mount } from "./widget.js";

/**
 * @typedef {object} Model
 * @property {(name: string) => any} get
 * @property {(name: string, value: any) => void} set
 * @property {() => void} save_changes
 * @property {(event: string, action: () => void) => void} on
 * @property {(event: string, action: () => void) => void} off
 */

/** @param {{model: Model, el: HTMLElement}} given */
function render({ model, el }) {
  let written = model.get("state");
  const lab = mount(el, {
    run: model.get("data")?.stages ? RunPanel : null, data: model.get("data"), state: written,
    onState: (state) => {
      written = state;
      model.set("state", state);
      model.save_changes();
    },
  });
  Object.assign(el, { widget: lab });
  const follow = () => {
    if (model.get("state") !== written) lab.load((written = model.get("state")));
  };
  model.on("change:state", follow);
  return () => {
    model.off("change:state", follow);
    lab.destroy();
  };
}

export default { render };
