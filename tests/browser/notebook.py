"""A notebook that looks at a trace, run in a real Jupyter kernel.

`python -m tests.browser.notebook PICTURE` makes the picture in the README.
"""

import asyncio
import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from nbclient import NotebookClient
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook
from PIL import Image

from tests.browser.chromium import chromium, find_chromium
from tests.browser.server import ROOT

CELLS = (
    'import headlight\n\ntrace = headlight.run("headlight-decoder", "The teacher taught the students with the book.")\n'
    "trace.attentions[0].weights.shape  # layers, heads, tokens, tokens",
    "headlight.explore(trace)",
)


def run_notebook(cells: tuple[str, ...], folder: Path, package: Path) -> NotebookNode:
    """Run cells in a new kernel that works in `folder` and finds the package in `package`; return them with outputs.

    Raises CellExecutionError when one fails.
    """
    notebook = new_notebook(cells=[new_code_cell(each) for each in cells])
    client = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(folder)}})
    with ThreadPoolExecutor() as apart:  # the browser of the tests keeps an event loop running in this thread
        return apart.submit(asyncio.run, client.async_execute(env=os.environ | {"PYTHONPATH": str(package)})).result()


def main(picture: Path) -> None:
    """Take the picture of the notebook as nbconvert shows it."""
    path = find_chromium()
    if path is None:
        sys.exit("No Chromium or Chrome found; README.md says how to install one.")
    with tempfile.TemporaryDirectory() as folder:
        notebook = run_notebook(CELLS, Path(folder), ROOT)
        file = Path(folder) / "notebook.html"
        file.write_text(HTMLExporter().from_notebook_node(notebook)[0], encoding="utf-8")
        with chromium(path) as browser:
            page = browser.new_page(viewport={"width": 1280, "height": 1100})
            page.goto(file.as_uri(), wait_until="domcontentloaded")
            page.frame_locator("iframe").locator("canvas").first.wait_for()
            page.wait_for_timeout(1_000)
            page.screenshot(path=picture)
    Image.open(picture).convert("RGB").quantize(256).save(picture, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
