"""What the tests of the explorer do in a browser: open it, look into it, and count what it sends."""

import re
from typing import Any

from playwright.sync_api import Locator, Page, Position

COUNT_FRAMES = """() => {
  const send = WebSocket.prototype.send; window.sentFrames = 0;
  WebSocket.prototype.send = function (...data) { window.sentFrames += 1; return send.apply(this, data); };
}"""

TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def explorer(page: Page) -> Locator:
    """Return the explorer, once it has painted."""
    page.locator(".explorer[data-painted]").first.wait_for(
        state="attached"
    )  # a saved page forbids eval, which polling uses
    page.wait_for_function(APP + " != null")
    page.evaluate(TWO_FRAMES)
    page.wait_for_function(APP + "?.matrix != null")
    return page.locator(".explorer")


# The running explorer of the page: what it holds and what was chosen.
APP = """(() => {
  const found = [];
  const walk = (node) => { for (const each of node.querySelectorAll('*')) {
    if (each.explorer?.app) found.push(each.explorer.app);
    if (each.shadowRoot) walk(each.shadowRoot);
  } };
  walk(document);
  return found[0];
})()"""


def ask(page: Page, expression: str, argument: Any = None) -> Any:
    """Return what an expression over `app` gives, after the next painting."""
    page.evaluate(TWO_FRAMES)
    return page.evaluate(f"(argument) => {{ const app = {APP}; return {expression}; }}", argument)


def shown_values(page: Page) -> list[list[float | None]]:
    """Return the matrix that is shown, cell by cell; None where a cell is hidden."""
    values: list[list[float | None]] = ask(
        page,
        "app.matrix.rows.map((_, row) => app.matrix.columns.map((__, column) => {"
        " const value = app.matrix.values[row * app.matrix.width + column];"
        " return Number.isNaN(value) ? null : value; }))",
    )
    return values


def centre_of_cell(page: Page, row: int, column: int, name: str = "map") -> Position:
    """Return where a cell of the large map lies on its canvas, as Playwright's `position`."""
    box = ask(page, f"app.layout.{name}.box()")
    return {"x": box["left"] + (column + 0.5) * box["cell"], "y": box["top"] + (row + 0.5) * box["cell"]}


def read_cell(page: Page, row: int, column: int) -> str:
    """Point at a cell of the large map and return what the line below says."""
    page.locator(".explorer .map .over").first.hover(position=centre_of_cell(page, row, column))
    ask(page, "0")
    return page.locator(".explorer .main > .readout").first.inner_text()


def button(page: Page, name: str) -> None:
    """Press the button of that name."""
    page.get_by_role("button", name=name, exact=True).click()


def head(page: Page, layer: int, number: int) -> None:
    """Open a head from its thumbnail."""
    page.get_by_role("button", name=re.compile(rf"^Layer {layer}, head {number}(,|$)")).first.click()
