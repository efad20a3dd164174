"""Headlight: watch a transformer read a sentence.

    import headlight

    trace = headlight.run("headlight-decoder", "The teacher taught the students with the book.")
    headlight.explore(trace)                      # in a notebook: every head of every layer, under the pointer
    headlight.save(trace, "trace.safetensors")    # and headlight.load(...) gives the same trace again

Importing this brings in no torch and no streamlit, and changes nothing in the process: each name is fetched when used.
"""

import warnings
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from headlight.explorer import explore as explore
    from headlight.model.run import run as run
    from headlight.trace_file import load as load
    from headlight.trace_file import save as save

__all__ = ["explore", "load", "run", "save"]

# In a checkout `model`, `viz` and `pages` lie beside this folder, installed they lie inside it. Either way a module has
# one name, `headlight.model.trace`, so that no class exists twice.
_ROOT = Path(__file__).parents[1]
if not (Path(__file__).parent / "model").is_dir():
    __path__.append(str(_ROOT))

_HOMES = {
    "explore": "headlight.explorer",
    "load": "headlight.trace_file",
    "run": "headlight.model.run",
    "save": "headlight.trace_file",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'headlight' has no attribute {name!r}")
    with warnings.catch_warnings():
        # In a notebook without ipywidgets tqdm, which transformers brings, warns that it draws bars as text. None are.
        warnings.filterwarnings("ignore", message="IProgress not found")
        return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
