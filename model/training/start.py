"""What the weights that a run goes on from had learned before: its figures count from there."""

import json
from dataclasses import dataclass
from pathlib import Path

from headlight.model.training import comparison
from headlight.model.training.comparison import Curve
from headlight.model.training.export import PROVENANCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """The training that lies before a run; nothing, for a run that began with random weights."""

    tokens: int = 0
    minutes: float = 0.0
    losses: Curve = ()


def start_of(folder: Path | None) -> Start:
    """Read what a model's folder says of its own training. Raises FileNotFoundError when it says nothing."""
    if folder is None:
        return Start()
    told = json.loads((folder / PROVENANCE).read_text(encoding="utf-8"))
    return Start(tokens=told["tokens_seen"], minutes=told["minutes"], losses=comparison.read(folder))
