"""What must not stand anywhere in the source, because it would open a door."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PYTHON = [
    ROOT / "app.py",
    *sorted(path for folder in ("headlight", "pages", "viz", "model") for path in (ROOT / folder).rglob("*.py")),
]
SCRIPTS = sorted(path for path in (ROOT / "viz").rglob("*.js") if "vendor" not in path.parts)

FORBIDDEN_ARGUMENTS = {
    "unsafe_allow_html": "Markdown with HTML in it would run what a token holds",
    "unsafe_allow_javascript": "scripts belong into a component",
}
FORBIDDEN_MODULES = {"pickle", "dill", "joblib", "shelve", "marshal"}


def names(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def keywords(tree: ast.AST) -> Iterator[ast.keyword]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.keyword))


@pytest.mark.parametrize("path", PYTHON, ids=names)
def test_python_opens_no_door(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for keyword in keywords(tree):
        assert keyword.arg not in FORBIDDEN_ARGUMENTS, FORBIDDEN_ARGUMENTS.get(keyword.arg or "")
        if keyword.arg in ("trust_remote_code", "weights_only"):
            wanted = keyword.arg == "weights_only"
            assert isinstance(keyword.value, ast.Constant), f"{keyword.arg} must be a constant"
            assert keyword.value.value is wanted
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert FORBIDDEN_MODULES.isdisjoint(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert (node.module or "").split(".")[0] not in FORBIDDEN_MODULES


def test_nothing_is_cached_by_streamlit() -> None:
    # What is kept of a trace is kept by the engine, under the trace's key and up to a number of bytes.
    assert [names(path) for path in PYTHON if "st.cache_" in path.read_text(encoding="utf-8")] == []


@pytest.mark.parametrize("path", SCRIPTS, ids=names)
def test_scripts_write_text_as_text(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    found = re.findall(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|https?://", source
    )
    assert set(found) <= {"http://"}, found  # http:// only in the names of namespaces:
    assert all("www.w3.org" in line for line in source.splitlines() if "http://" in line)


def test_nothing_is_loaded_from_a_network() -> None:
    for path in (ROOT / "viz").rglob("*.css"):
        assert not re.search(r"@import|url\(", path.read_text(encoding="utf-8")), path


@pytest.mark.parametrize("path", sorted((ROOT / "pages").glob("*/page.py")), ids=names)
def test_shapes_stand_in_signatures_that_tests_check(path: Path) -> None:
    # Streamlit runs page.py from its text. What checks shapes (tests/conftest.py) sees only what is imported.
    assert "jaxtyping" not in path.read_text(encoding="utf-8"), "a function with shapes belongs beside page.py"
