"""What the layers may import, seen from inside a fresh interpreter: third parties bring things in as well."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = ("streamlit", "torch", "transformers", "bertviz", "IPython")
SCIENCE = ("trace", "errors", "attention", "positions", "projection", "distribution")


def modules(folder: str) -> list[str]:
    """Return the modules of a package, by dotted name."""
    paths = sorted((ROOT / folder).rglob("*.py"))
    return [".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in paths]


def loaded_by(names: list[str]) -> set[str]:
    """Return the top-level packages that a fresh interpreter holds after importing the modules."""
    program = f"import sys\nfor name in {names!r}: __import__(name)\nprint(*{{m.split('.')[0] for m in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_viz_brings_in_nothing_heavy_and_no_model() -> None:
    loaded = loaded_by(modules("viz"))
    assert "viz" in loaded
    assert loaded.isdisjoint({*HEAVY, "model", "pages"})


def test_the_model_brings_in_no_figures_and_no_app() -> None:
    loaded = loaded_by([name for name in modules("model") if not name.startswith("model.training")])
    assert "torch" in loaded
    assert loaded.isdisjoint({"streamlit", "plotly", "bertviz", "IPython", "viz", "pages"})


def test_the_trace_and_the_science_are_numpy_only() -> None:
    loaded = loaded_by([f"model.{name}" for name in SCIENCE])
    assert "numpy" in loaded
    assert loaded.isdisjoint({*HEAVY, "plotly"})


@pytest.mark.parametrize("path", sorted((ROOT / "pages").glob("*.py")), ids=lambda path: path.stem)
def test_no_page_shadows_an_installed_package(path: Path) -> None:
    # Streamlit puts the folder of a page first on the path: a page called tokenizers.py would hide the library.
    found = find_spec(path.stem) if path.stem != "__init__" else None
    assert found is None, f"{path.name} hides {found}"
