/** The panel of exercises. */
export class TasksPanel {
  constructor(widget, host) { this.widget = widget; this.host = host; this.shown = ""; }
  show() {}
}
