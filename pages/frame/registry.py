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
    parameters: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        """The script that Streamlit runs."""
        return str(PAGES_FOLDER / self.folder / "page.py")


PAGES: tuple[PageEntry, ...] = (
    PageEntry(folder="overview", title="Overview", path=""),
    PageEntry(folder="tokens", title="Tokens", path="tokens"),
    PageEntry(
        folder="embeddings",
        title="Embeddings",
        path="embeddings",
        parameters=("words", "token", "stack", "vectors", "origin", "depth"),
    ),
    PageEntry(
        folder="positions",
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
        title="Attention",
        path="attention",
        parameters=("kind", "layer", "head", "pins", "look"),
    ),
    PageEntry(
        folder="compare_heads",
        title="Compare heads",
        path="compare_heads",
        parameters=("kind", "a", "b", "pins", "text_b", "model_b"),
    ),
    PageEntry(
        folder="next_token",
        title="Next token",
        path="next_token",
        parameters=("temperature", "top_k", "top_p", "seed", "blank"),
    ),
)


def page_at(path: str) -> PageEntry:
    """Return the page with a path. Raises StopIteration when there is none."""
    return next(each for each in PAGES if each.path == path)
