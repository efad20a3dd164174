"""The rules a model folder must meet before anything in it is executed or allocated (science notes, C1)."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.errors import ModelBrokenError, ModelRefusedError


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderReport:
    """What the check read of a folder."""

    config: dict[str, Any]
    n_parameters: int  # counted from the headers of the safetensors files


def check_folder(folder: Path) -> FolderReport:
    """Check a model folder against the admission rules, reading only its JSON and the headers of its weights.

    Raises ModelRefusedError when a rule is broken, ModelBrokenError when a file is damaged or missing.
    """
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    if "auto_map" in config:
        raise ModelRefusedError("This model wants to run code of its own, which this app never does. Choose another.")
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise ModelRefusedError(
            "This model has no safetensors weights, and other formats can hide programs. Choose another model."
        )
    n_parameters = 0
    for path in files:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(length))
        n_parameters += sum(math.prod(each["shape"]) for name, each in header.items() if name != "__metadata__")
    if not n_parameters:
        raise ModelBrokenError("This model's weights are empty. Choose another model.")
    return FolderReport(config=config, n_parameters=n_parameters)
