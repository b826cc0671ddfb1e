"""The page of `qdml lab` in chromium: its size, its first picture, and the work of a frame.

A frame is timed by the page itself, steps, levels, texts and drawing together, while a run plays;
in turn with it a loop of plain JavaScript is, which says how busy the machine is. First pictures
are those of `performance.getEntriesByType("paint")`; beside them is the processor time that they
took, which a busy machine hardly changes. Without a browser only the size is measured.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from common import arguments, finish

from qdml_quantum.teach.lab.page import lab_page

PLANE = "#f=%28%28x**2%2By-11%29**2%2B%28x%2By**2-7%29**2%29%2F100&b=-5,5&y=-5,5,0,1"
STATES = {
    "n = 6, D(t)": "#n=6",
    "n = 9, D(t)": "#n=9",
    "n = 9, packet": "#n=9&s=packet&p=-1.5,0.3,5&m=hand&dt=0.01",
    "32 x 32, D(t)": PLANE + "&n=5",
    "64 x 64, D(t)": PLANE + "&n=6",
    "64 x 64, packet": PLANE + "&n=6&s=packet&p=-2,0.6,3&m=hand&d=120",
}
FRAMES = """async (seconds) => {
  const { work } = document.getElementById("lab").widget;
  const frames = [], loops = [], end = performance.now() + 1000 * seconds;
  let sum = 0;
  while (performance.now() < end) {
    await new Promise((done) => requestAnimationFrame(done));
    frames.push(work());
    const begin = performance.now();
    for (let j = 0; j < 2e5; j++) sum += Math.sin(j);
    loops.push(performance.now() - begin);
  }
  const median = (list) => list.sort((a, b) => a - b)[list.length >> 1];
  return [median(frames), median(loops), frames.length / seconds, sum];
}"""


def in_chromium(path: Path, seconds: float) -> list[dict[str, object]]:
    """A row for every state."""
    from playwright.sync_api import sync_playwright

    rows: list[dict[str, object]] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for name, state in STATES.items():
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            session = page.context.new_cdp_session(page)
            session.send("Performance.enable", {"timeDomain": "threadTicks"})
            page.goto(path.as_uri() + state)
            page.wait_for_function("() => performance.getEntriesByType('paint').length > 0")
            metrics = session.send("Performance.getMetrics")["metrics"]
            spent = {one["name"]: one["value"] for one in metrics}["TaskDuration"]
            page.click("#play")
            frame, loop, rate, _ = page.evaluate(FRAMES, seconds)
            paint = page.evaluate("performance.getEntriesByType('paint')[0].startTime")
            rows.append(
                {
                    "state": name,
                    "kB": path.stat().st_size / 1000,
                    "first picture, ms": float(paint),
                    "its processor time, ms": 1000 * float(spent),
                    "frame, ms": float(max(frame, 1e-3)),
                    "loop, ms": float(max(loop, 1e-3)),
                    "frames/s": float(rate),
                }
            )
            page.close()
        browser.close()
    return rows


def main() -> None:
    options = arguments(__doc__.splitlines()[0])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lab.html"
        path.write_text(lab_page(), encoding="utf-8")
        try:
            rows = in_chromium(path, 1.0 if options.quick else 10.0)
        except Exception as error:
            print(f"no browser: {str(error).splitlines()[0]}")
            rows = [{"state": "no browser", "kB": path.stat().st_size / 1000}]
    finish("lab_page", rows, options.output)


if __name__ == "__main__":
    main()
