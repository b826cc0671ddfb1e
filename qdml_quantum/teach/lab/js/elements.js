/** Elements of panels, and what a run holds as text. */

/**
 * An element with a class and a text, which is never read as HTML.
 * @param {string} name @param {string} className @param {string} [text]
 */
export function element(name, className, text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

/** @param {string} text base64 */
export const bytesOf = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));

/** A file for the reader. @param {string} name @param {string} text */
export function download(name, text) {
  const link = document.createElement("a");
  link.download = name;
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** A button. @param {string} text @param {() => void} action */
export function press(text, action) {
  const button = element("button", "", text);
  button.setAttribute("type", "button");
  button.addEventListener("click", action);
  return button;
}

/** The element that a page is in, with the room around it, and what the toolkit has put there. */
export function host() {
  const around = new CSSStyleSheet();
  around.replaceSync(`body { margin: 0 }
    #lab { display: grid; grid-template-columns: minmax(0, 1fr); min-height: 100vh }`);
  document.adoptedStyleSheets = [around];
  const text = document.getElementById("data")?.textContent;
  const at = /** @type {HTMLElement} */ (document.getElementById("lab"));
  return { at, data: text ? JSON.parse(text) : null };
}
