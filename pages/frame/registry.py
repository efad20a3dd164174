"""The pages of the app: the folder of each, its place in the navigation, and the choices that its address remembers.

A parameter belongs to the page that declares it: another page may use the same name for something else. Those in
SHARED mean the same wherever they are declared, and are remembered once.
"""

from dataclasses import dataclass
from pathlib import Path

from headlight.viz import explorer

PAGES_FOLDER = Path(__file__).parents[1]
ON_EVERY_PAGE = ("text", "model", "target")
SHARED = frozenset({*ON_EVERY_PAGE, "kind", "stack", *explorer.SHARED_PARAMETERS})


class UndeclaredParameterError(LookupError):
    """A parameter of the address that the page does not declare: a mistake in the program, not of the reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageEntry:
    """A page of the app: `folder` below pages/, `path` in the address, and its `parameters`.

    Shared ones are among them where the page uses them; those ON_EVERY_PAGE need not be named.
    """

    folder: str
    title: str
    path: str
    group: str  # its heading in the navigation, one of GROUPS
    parameters: tuple[str, ...] = ()

    @property
    def whole_address(self) -> tuple[str, ...]:
        """All that its address may hold."""
        return (*ON_EVERY_PAGE, *self.parameters)

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
        parameters=("words", "token", "stack", "vectors", "origin", "depth", "camera"),
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
        parameters=("kind", "look", *explorer.PARAMETERS["explore"]),
    ),
    PageEntry(
        folder="compare_heads",
        group=HEADS,
        title="Compare heads",
        path="compare_heads",
        parameters=("kind", "text_b", "model_b", *explorer.PARAMETERS["compare"]),
    ),
    PageEntry(
        folder="next_token",
        group=OUTPUT,
        title="Next token",
        path="next_token",
        parameters=("temperature", "top_k", "top_p", "seed", "blank", "listed"),
    ),
)


def page_at(path: str) -> PageEntry:
    """Return the page with a path. Raises StopIteration when there is none."""
    return next(each for each in PAGES if each.path == path)


def pages_of(group: str) -> tuple[PageEntry, ...]:
    """Return the pages under a heading of the navigation, in their order there."""
    return tuple(each for each in PAGES if each.group == group)


def owner_of(name: str, path: str, *, anywhere: bool = False) -> str | None:
    """Return the path of the page that a parameter belongs to when the page at `path` runs; None when it is shared.

    `anywhere`: a parameter that this page does not declare may be that of the one page that does. Raises
    UndeclaredParameterError.
    """
    if name in page_at(path).whole_address:
        return None if name in SHARED else path
    others = [each.path for each in PAGES if name in each.parameters] if anywhere else []
    if len(others) != 1:
        raise UndeclaredParameterError(
            f"the page {path!r} declares no parameter {name!r}: name it in its entry in pages/frame/registry.py"
        )
    return None if name in SHARED else others[0]
