"""`make screenshots`: the pictures of the README, from the real app. `python -m tests.browser.screenshots FOLDER` puts
every page in light, dark and at phone width, whole, into a folder to look through.
"""

import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

from headlight.pages.frame.registry import PAGES
from tests.browser.chromium import ColorScheme, chromium, find_chromium, settle
from tests.browser.server import ROOT, Server, running_app

DESKTOP, PHONE = (1280, 720), (390, 844)
LOOKS: tuple[tuple[str, ColorScheme, tuple[int, int]], ...] = (
    ("light", "light", DESKTOP),
    ("dark", "dark", DESKTOP),
    ("phone", "light", PHONE),
)


def main(folder: Path, *, whole: bool) -> None:
    """Take the pictures: what fits on the screen, or the `whole` of each page."""
    path = find_chromium()
    if path is None:
        sys.exit("No Chromium or Chrome found; README.md says how to install one.")
    folder.mkdir(parents=True, exist_ok=True)
    with running_app() as server, chromium(path) as browser:
        server.wait_until_healthy()
        for entry in PAGES:
            for name, scheme, size in LOOKS if whole else LOOKS[:2]:
                file = folder / f"{entry.path or 'overview'}-{name}.png"
                take(browser, server, entry.path, scheme, size, file, whole=whole)
                print(file)


def take(
    browser: Browser,
    server: Server,
    path: str,
    scheme: ColorScheme,
    size: tuple[int, int],
    file: Path,
    *,
    whole: bool,
) -> None:
    """Open a page and write its picture."""
    context = browser.new_context(color_scheme=scheme, viewport={"width": size[0], "height": size[1]})
    page = context.new_page()
    page.goto(server.url(path))
    settle(page)
    page.get_by_text("Words on this page").wait_for()  # the last thing a page draws
    if whole:
        grow(page, size[0])
    page.wait_for_timeout(1_500)  # a 3-D picture fades in
    page.screenshot(path=file)
    context.close()
    # Every version stays in the repository's history: 256 colours are enough, and a third of the size.
    Image.open(file).convert("RGB").quantize(256).save(file, optimize=True)


def grow(page: Page, width: int) -> None:
    """Make the window as high as the page, which scrolls inside it."""
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": width, "height": int(height) + 40})


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]), whole=True)
    else:
        main(ROOT / "docs" / "screenshots", whole=False)
