/** Marks a style sheet, whose blanks the joined page leaves out. */
const css = String.raw;

/** The style sheet of the widget; it stands in the shadow root. */
export const STYLE = css`
:host { display: block; container-type: inline-size; container-name: lab; }
.lab {
  --paper: #faf9f6; --panel: #ffffff; --text: #1b1f27; --muted: #565d6b; --faint: #ecebe6;
  --line: #c9c6bd; --edge: #dedbd2; --button: #ffffff; --strong: #1b1f27; --onstrong: #ffffff;
  --amber: #955200; --green: #0a6a58; --blue: #0b5c9e; --blueSoft: rgb(11 92 158 / 45%);
  --window: rgb(10 106 88 / 9%); --windowLine: rgb(10 106 88 / 14%); --gap: #cdc8bc;
  --halo: rgb(255 255 255 / 85%); --contour: rgb(60 66 80 / 62%);
  --front: rgb(20 24 34 / 80%); --warn: #8a2d00;
  --serif: "Source Serif 4", "Iowan Old Style", "Palatino Linotype", Georgia, "DejaVu Serif",
    "Songti SC", "Noto Serif CJK SC", serif;
  --sans: system-ui, "Segoe UI", "Helvetica Neue", Arial, "PingFang SC", "Noto Sans CJK SC",
    sans-serif;
  box-sizing: border-box; background: var(--paper); color: var(--text); color-scheme: light;
  font: 15px/1.5 var(--sans); padding: 18px 24px 26px; min-height: 100%;
  font-variant-numeric: tabular-nums;
}
.lab[data-theme="dark"] {
  --paper: #12161d; --panel: #191e27; --text: #f0ece2; --muted: #a3a9b6; --faint: #262c37;
  --line: #4a5161; --edge: #2b313d; --button: #1b212b; --strong: #f0ece2; --onstrong: #14181f;
  --amber: #f0a640; --green: #57cfb6; --blue: #6fb4ea; --blueSoft: rgb(111 180 234 / 50%);
  --window: rgb(87 207 182 / 9%); --windowLine: rgb(87 207 182 / 15%); --gap: #3b4251;
  --halo: rgb(18 22 29 / 80%); --contour: rgb(196 202 214 / 55%);
  --front: rgb(12 14 20 / 85%); --warn: #ffb08a;
  color-scheme: dark;
}
.lab *, .lab *::before { box-sizing: border-box; }
.lab h1, .lab h2 { font-family: var(--serif); font-weight: 500; margin: 0; line-height: 1.25; }
.lab h1 { font-size: 26px; letter-spacing: -0.01em; }
.lab h2 { font-size: 20px; }
.lab h3 { font-size: 15px; margin: 14px 0 4px; }
.lab p { margin: 8px 0; }
.lab header {
  display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 26px; margin-bottom: 10px;
}
.equation { font-family: var(--serif); font-size: 19px; margin: 0 !important; white-space: nowrap; }
.equation .d { color: var(--amber); font-weight: 700; }
.equation .now { font: 14px var(--sans); color: var(--amber); margin-left: 14px; }
.top { margin-left: auto; display: flex; gap: 8px; align-items: center; }
.lab button, .lab select, .lab input[type="text"] {
  font: inherit; color: inherit; background: var(--button); border: 1px solid var(--edge);
  border-radius: 7px; padding: 4px 11px; min-height: 34px;
}
.lab button { cursor: pointer; white-space: nowrap; }
.lab button:hover:not(:disabled), .lab select:hover { border-color: var(--muted); }
.lab button:disabled { opacity: 0.45; cursor: default; }
.lab button.main, .lab [aria-pressed="true"], .lab [role="radio"][aria-checked="true"] {
  background: var(--strong); color: var(--onstrong); border-color: var(--strong);
}
.lab :focus-visible { outline: 3px solid var(--blue); outline-offset: 2px; }
.lab .code { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, monospace; font-size: 13.5px; }
.columns { display: grid; grid-template-columns: minmax(0, 1fr) 392px; gap: 0 28px; }
.left { display: flex; flex-direction: column; gap: 8px; min-width: 0; }
.row { display: flex; flex-wrap: wrap; gap: 6px 10px; align-items: center; }
.row label {
  display: flex; align-items: center; gap: 7px; color: var(--muted); white-space: nowrap;
}
.row label > * { color: var(--text); }
.setup .formula { flex: 1 1 150px; }
.setup .formula input { width: 100%; min-width: 90px; }
.setup select.preset { max-width: 190px; }
.stepper { display: flex; align-items: center; gap: 6px; color: var(--muted); }
.stepper output { color: var(--text); font-weight: 650; min-width: 1.1em; text-align: center; }
.stepper button { padding: 0; width: 34px; }
.stage, .strip, .picture {
  position: relative; background: var(--panel); border: 1px solid var(--edge); border-radius: 11px;
  overflow: hidden;
}
.stage { height: 424px; touch-action: none; cursor: grab; user-select: none; }
.stage.drawing { cursor: crosshair; }
.strip { height: 136px; touch-action: none; cursor: ns-resize; user-select: none; }
.lab canvas { display: block; width: 100%; height: 100%; }
.knob {
  position: absolute; width: 26px; height: 26px; margin: -13px 0 0 -13px; border-radius: 50%;
  pointer-events: none;
}
.veil {
  position: absolute; inset: 0; display: grid; place-items: center; padding: 20px;
  background: color-mix(in srgb, var(--panel) 88%, transparent); font: 20px var(--serif);
  text-align: center;
}
.legend {
  display: flex; flex-wrap: wrap; gap: 2px 20px; color: var(--muted); font-size: 13px;
  margin: 0 2px;
}
.legend span { display: inline-flex; gap: 7px; align-items: center; }
.legend i { width: 24px; height: 11px; display: inline-block; border-radius: 2px; }
.legend .l-wave {
 
  background: linear-gradient(
    90deg, rgb(58 134 211), rgb(44 46 66), rgb(240 154 48), rgb(238 226 200));
}
.legend .l-fronts {
  background: repeating-linear-gradient(90deg, var(--text) 0 1.5px, transparent 1.5px 6px);
}
.legend .l-ground { height: 0; border-top: 2px dashed var(--green); border-radius: 0; }
.legend .l-goal {
  background: repeating-linear-gradient(135deg, var(--window) 0 4px, var(--windowLine) 4px 5px);
  border: 1px solid var(--windowLine);
}
.transport { gap: 6px 12px; }
.transport .keys { display: flex; gap: 6px; }
.transport .play { min-width: 92px; }
.lab .icon { width: 38px; padding: 0; }
.lab button svg { width: 14px; height: 14px; fill: currentColor; vertical-align: -2px; }
.transport .play svg { margin-right: 8px; }
.choice { display: inline-flex; }
.choice button { border-radius: 0; margin-left: -1px; }
.choice button:first-child { border-radius: 7px 0 0 7px; margin: 0; }
.choice button:last-child { border-radius: 0 7px 7px 0; }
.lab input[type="range"] { width: 72px; accent-color: var(--amber); margin: 0; height: 24px; }
.transport output { min-width: 2.6em; }
.transport select { padding: 4px 4px; }
.choice button { padding: 4px 9px; }
.transport .amber { color: var(--amber); font-weight: 700; }
.readings { display: grid; grid-template-columns: repeat(8, 1fr); gap: 4px 14px; margin: 2px 0 0; }
.readings div { border-top: 1px solid var(--line); padding-top: 3px; min-width: 0; }
.readings dt { color: var(--muted); font-size: 12.5px; }
.readings dd { margin: 0; font-size: 18px; white-space: nowrap; }
.status { min-height: 23px; margin: 0 !important; font-size: 14px; color: var(--muted); }
.status.warn::before { content: "▲ "; color: var(--warn); }
.status.warn { color: var(--warn); }
.error { color: var(--warn); font-size: 14px; margin: 0 !important; white-space: pre-wrap; }
.error:empty { display: none; }
.tabs { display: flex; border-bottom: 1px solid var(--line); margin-bottom: 14px; }
.tabs button {
  border: 0; background: none; border-radius: 0; padding: 6px 11px; color: var(--muted);
}
.tabs button[aria-selected="true"] {
  color: var(--text); font-weight: 650; box-shadow: inset 0 -3px var(--amber);
}
.tabs button:hover { color: var(--text); }
.panel .picture { height: 210px; margin: 10px 0; }
.panel .big { font-size: 17px; font-weight: 650; }
.small { font-size: 13.5px; color: var(--muted); }
.bars {
  display: grid; grid-template-columns: max-content minmax(40px, 1fr) max-content; gap: 7px 10px;
  align-items: center; margin: 12px 0;
}
.bars .track { display: grid; gap: 2px; }
.bars .bar { height: 9px; border-radius: 0 3px 3px 0; min-width: 1px; background: var(--blue); }
.bars .bar.share {
  background: repeating-linear-gradient(135deg, var(--green) 0 4px, var(--panel) 4px 6px);
}
.bars .bar.grey { background: var(--gap); }
.bars .bar.open { background: none; border: 1px dashed var(--green); }
.bars .value { text-align: right; font-weight: 600; line-height: 1.25; font-size: 14px; }
.bars .value span { display: block; color: var(--green); font-weight: 500; }
.key { display: flex; flex-wrap: wrap; gap: 2px 16px; font-size: 13px; color: var(--muted); }
.key i.bar { background: var(--blue); }
.key i.share {
  background: repeating-linear-gradient(135deg, var(--green) 0 4px, var(--panel) 4px 6px);
}
.key i { display: inline-block; width: 22px; height: 9px; margin-right: 6px; }
.panel h2 { margin: 4px 0 8px; }
.panel button + h2 { margin-top: 12px; }
.list { list-style: none; margin: 8px 0; padding: 0; display: grid; gap: 6px; }
.list button { text-align: left; width: 100%; white-space: normal; }
.answer { display: flex; gap: 8px; flex-wrap: wrap; align-items: center; }
.answer input { width: 110px; }
.verdict { border-left: 4px solid var(--line); padding: 2px 0 2px 12px; margin: 12px 0; }
.verdict.right { border-left-color: var(--green); }
.verdict.wrong { border-left-color: var(--amber); border-left-style: double; }
.word {
  border: 1px dashed var(--muted); border-radius: 7px; padding: 3px 10px; display: inline-block;
}
.saved { border-top: 1px solid var(--line); padding: 10px 0; }
.saved .picture { height: 64px; margin: 6px 0; }
.saved .row button { min-height: 30px; }
.checks { list-style: none; padding: 0; margin: 4px 0; font-size: 13.5px; overflow-wrap: anywhere; }
.checks li { border-left: 3px solid var(--green); padding: 1px 0 1px 9px; margin: 5px 0; }
.checks .FAIL { border-left: 3px double var(--warn); }
.checks .note { border-left: 3px dotted var(--muted); }
.facts {
  display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 2px 14px; margin: 0;
}
.facts { font-size: 13.5px; overflow-wrap: anywhere; }
.facts dt { color: var(--muted); }
.facts dd { margin: 0; }
#run-stage { flex: 1 1 120px; }
.circuit { margin-top: 18px; }
.circuit .head { display: flex; flex-wrap: wrap; gap: 2px 24px; align-items: baseline; }
.circuit .head p { margin: 0; color: var(--muted); font-size: 14px; flex: 1 1 320px; }
.scroll { overflow-x: auto; margin: 10px 0; border-radius: 8px; }
.gate {
  display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 8px 28px;
  align-items: start;
}
.gate .picture { height: 168px; }
.lab footer { margin-top: 18px; border-top: 1px solid var(--line); padding-top: 8px; }
.lab footer .honest { font-family: var(--serif); font-size: 16px; }
.hidden {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
  white-space: nowrap;
}
.lab [hidden] { display: none !important; }
.lab.present .right,
.lab.present .circuit,
.lab.present .setup,
.lab.present footer,
.lab.present .legend,
.lab.present .top > :not(.leave) {
  display: none;
}
.lab.present .columns { display: block; }
.lab.present .stage { height: min(62vh, 720px); }
.lab.present .readings dd { font-size: 30px; }
.lab.present .readings dt { font-size: 16px; }
.lab.report .left, .lab.report .circuit, .lab.report .tabs, .lab.report #share,
.lab.report #present, .lab.report #saved, .lab.report .now { display: none; }
.lab.report .columns { grid-template-columns: minmax(0, 1fr); }
.panel .picture.square { height: min(350px, 92cqw); }
.lab.report .picture.square { height: min(420px, 92cqw); }
.lab.plane .readings dd { font-size: 15.5px; }
.lab:not(.present) .leave { display: none; }

.table-page h2 { margin: 22px 0 0; }
.table-page .gate .picture { height: 350px; }
.table-page #window { flex: 1 1 160px; }
.wide { overflow-x: auto; border: 1px solid var(--edge); border-radius: 11px; }
.sheet { border-collapse: collapse; width: 100%; background: var(--panel); }
.sheet th, .sheet td { padding: 5px 9px; text-align: left; border-top: 1px solid var(--faint); }
.sheet thead th { border-top: 0; padding: 4px 1px; }
.sheet .number { text-align: right; }
.sheet td.text { white-space: nowrap; }
.sheet td.long { white-space: normal; min-width: 18em; }
.sheet button { border: 0; background: none; font-weight: 650; padding: 4px 8px; }
.sheet [aria-sort="ascending"] button::after { content: " ▲"; }
.sheet [aria-sort="descending"] button::after { content: " ▼"; }
.sheet .interval { white-space: nowrap; }
.figure { display: inline-block; min-width: 4.2em; }
.range {
  position: relative; display: inline-block; width: 120px; height: 12px; margin-right: 12px;
  border-bottom: 1px solid var(--line);
}
.range::before {
  content: ""; position: absolute; left: var(--from); right: var(--to); top: 5px; height: 2px;
  background: var(--blue);
}
.range i {
  position: absolute; top: 2px; width: 8px; height: 8px; margin-left: -4px; border-radius: 50%;
  background: var(--blue);
}
.ends { color: var(--muted); font-size: 13px; }

@container lab (max-width: 1080px) {
  .columns { grid-template-columns: minmax(0, 1fr); gap: 18px; }
}
@container lab (max-width: 640px) {
  .lab { padding: 10px 12px 20px; }
  .lab h1 { font-size: 21px; }
  .equation { font-size: 16px; }
  .top { margin-left: 0; width: 100%; }
  .columns, .left { display: contents; }
  .body { display: flex; flex-direction: column; gap: 10px; }
  .stage { height: 250px; position: sticky; top: 0; z-index: 2; order: 1; }
  .transport { order: 2; }
  .strip { order: 3; height: 120px; }
  .lab.plane .readings dd { font-size: 12px; }
  .readings { order: 4; grid-template-columns: 3fr 3fr 4fr 4fr; }
  .status { order: 5; }
  .setup { order: 6; }
  .error { order: 7; }
  .legend { order: 8; }
  .right { order: 9; }
  .circuit { order: 10; }
  .tabs button { padding: 6px 7px; font-size: 14px; }
  .gate { grid-template-columns: minmax(0, 1fr); }
  .lab input[type="range"] { width: 74px; }
}
@media (pointer: coarse) {
  .lab button, .lab select, .lab input { min-height: 40px; }
}
`;
