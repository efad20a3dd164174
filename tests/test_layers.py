"""What the layers may import, seen from inside a fresh interpreter: third parties bring things in as well."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = {"streamlit", "torch", "transformers", "bertviz", "IPython"}


def modules(*places: str) -> list[str]:
    """Return the modules of packages, and of single files, by dotted name."""
    files = [
        path for place in places for path in ([ROOT / place] if place.endswith(".py") else (ROOT / place).rglob("*.py"))
    ]
    parts = (path.relative_to(ROOT).with_suffix("").parts for path in sorted(files))
    return [".".join(("headlight", *each)).removesuffix(".__init__") for each in parts]


def loaded_by(names: list[str]) -> set[str]:
    """Return the top-level packages that a fresh interpreter holds after importing the modules; ours by layer."""
    program = f"import sys\nfor name in {names!r}: __import__(name)\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return {
        ".".join(name.split(".")[:2]) if name.startswith("headlight.") else name.split(".")[0]
        for name in done.stdout.split()
    }


def test_viz_brings_in_nothing_heavy_and_no_model() -> None:
    loaded = loaded_by(modules("viz"))
    assert "headlight.viz" in loaded
    assert loaded.isdisjoint({*HEAVY, "headlight.model", "headlight.pages"})


def test_the_model_brings_in_no_figures_and_no_app() -> None:
    loaded = loaded_by([name for name in modules("model") if not name.startswith("headlight.model.training")])
    assert "torch" in loaded
    assert loaded.isdisjoint({"streamlit", "plotly", "bertviz", "IPython", "headlight.viz", "headlight.pages"})


def test_the_trace_and_the_science_are_numpy_only() -> None:
    loaded = loaded_by(modules("model/trace.py", "model/errors.py", "model/science"))
    assert "numpy" in loaded
    assert loaded.isdisjoint({*HEAVY, "plotly"})


def test_what_notebooks_use_brings_in_no_app() -> None:
    loaded = loaded_by(["headlight.explorer", "headlight.trace_file"])
    assert {"headlight.model", "headlight.viz"} <= loaded
    assert loaded.isdisjoint({"streamlit", "plotly", "bertviz", "IPython", "headlight.pages", "headlight.serving"})


def test_a_trace_is_loaded_without_what_runs_models() -> None:
    loaded = loaded_by(["headlight.trace_file"])
    assert "safetensors" in loaded
    assert loaded.isdisjoint({*HEAVY, "plotly", "headlight.viz"})


def test_what_is_drawn_first_brings_in_nothing_heavy() -> None:
    loaded = loaded_by(["headlight.pages.frame.start.document", "headlight.pages.frame.start.loading"])
    loaded |= loaded_by(["headlight.pages.frame.navigation"])
    assert "streamlit" in loaded
    assert loaded.isdisjoint({"torch", "transformers", "headlight.model"})


@pytest.mark.parametrize(
    "path",
    sorted([*(ROOT / "pages").rglob("*/*.py"), *(ROOT / "headlight").glob("*.py")]),
    ids=lambda path: f"{path.parent.name}-{path.stem}",
)
def test_no_module_shadows_an_installed_package(path: Path) -> None:
    # Streamlit puts the folder of a page first on the path, and the app's, which installed is headlight/: a file called
    # tokenizers.py there would hide the library.
    found = None if path.stem.startswith("__") else find_spec(path.stem)
    assert found is None, f"{path.name} hides {found}"
