"""The pages of the app: the folder of each, its place in the navigation, and the choices that its address remembers."""

from dataclasses import dataclass
from pathlib import Path

PAGES_FOLDER = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageEntry:
    """A page of the app: `folder` below pages/, `path` in the address, and the parameters that its address holds."""

    folder: str
    title: str
    path: str
    group: str  # its heading in the navigation, one of GROUPS
    parameters: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        """The script that Streamlit runs."""
        return str(PAGES_FOLDER / self.folder / "page.py")


# The headings of the navigation, along the road of the course. One without a page is not shown.
WHOLE, VECTORS, HEADS, OUTPUT, BESIDE = GROUPS = (
    "The whole road",
    "From text to vectors",
    "Inside the layers",
    "What comes out",
    "Models side by side",
)

PAGES: tuple[PageEntry, ...] = (
    PageEntry(folder="overview", group=WHOLE, title="Overview", path=""),
    PageEntry(folder="tokens", group=VECTORS, title="Tokens", path="tokens"),
    PageEntry(
        folder="embeddings",
        group=VECTORS,
        title="Embeddings",
        path="embeddings",
        parameters=("words", "token", "stack", "vectors", "origin", "depth"),
    ),
    PageEntry(
        folder="positions",
        group=VECTORS,
        title="Positions",
        path="positions",
        parameters=(
            "section",
            "stack",
            "rows",
            "dimensions",
            "token",
            "measure",
            "d",
            "base",
            "key",
            "of",
            "pair",
            "head",
        ),
    ),
    PageEntry(
        folder="attention",
        group=HEADS,
        title="Attention",
        path="attention",
        parameters=("kind", "layer", "head", "pins", "look"),
    ),
    PageEntry(
        folder="compare_heads",
        group=HEADS,
        title="Compare heads",
        path="compare_heads",
        parameters=("kind", "a", "b", "pins", "text_b", "model_b"),
    ),
    PageEntry(
        folder="next_token",
        group=OUTPUT,
        title="Next token",
        path="next_token",
        parameters=("temperature", "top_k", "top_p", "seed", "blank"),
    ),
)


def page_at(path: str) -> PageEntry:
    """Return the page with a path. Raises StopIteration when there is none."""
    return next(each for each in PAGES if each.path == path)


def pages_of(group: str) -> tuple[PageEntry, ...]:
    """Return the pages under a heading of the navigation, in their order there."""
    return tuple(each for each in PAGES if each.group == group)
