"""Headlight: watch a transformer read a sentence."""

from pathlib import Path

# In a checkout `model`, `viz` and `pages` lie beside this folder, installed they lie inside it. Either way a module has
# one name, `headlight.model.trace`, so that no class exists twice.
_ROOT = Path(__file__).parents[1]
if not (Path(__file__).parent / "model").is_dir():
    __path__.append(str(_ROOT))
