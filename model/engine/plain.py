"""What goes in and out of an engine: plain data that nobody can change."""

from collections.abc import Hashable
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np

from headlight.model.trace import frozen


def sealed(answer: Any) -> Any:
    """Return an answer whose arrays are read-only and own their numbers: one that is a view of something is copied.

    An answer is shared by all who asked for it, and a view would keep what it shows alive, or show it change.
    """
    if isinstance(answer, np.ndarray):
        return frozen(answer, answer.dtype)
    if isinstance(answer, tuple):
        parts = tuple(map(sealed, answer))
        return answer if all(new is old for new, old in zip(parts, answer, strict=True)) else parts
    if is_dataclass(answer) and not isinstance(answer, type):
        old = {field.name: getattr(answer, field.name) for field in fields(answer)}
        changed = {name: new for name, value in old.items() if (new := sealed(value)) is not value}
        return replace(answer, **changed) if changed else answer
    return answer


def as_key(options: dict[str, Any]) -> Hashable:
    """Return what options are remembered under."""
    return tuple((name, _hashable(value)) for name, value in sorted(options.items()))


def _hashable(value: Any) -> Hashable:
    return (value.dtype.str, value.shape, value.tobytes()) if isinstance(value, np.ndarray) else value
