"""How a model knows where a token stands: the schemes, in NumPy.

Learned tables and sinusoids are added to the embeddings; rotary turns queries and keys; relative biases and ALiBi
are added to the scores.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class AddedPositions:
    """A vector per position, added to the token's: learned, or the sinusoids of Vaswani et al. 2017."""

    vectors: Float[np.ndarray, "position d_model"]
    learned: bool


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RotaryPositions:
    """Queries and keys are turned, pair by pair, by position times frequency (Su et al. 2021, section 3.2)."""

    frequencies: Float[np.ndarray, " pair"]  # radians per position
    base: float
    d_head: int  # 2 * pair of them are turned, the rest stay


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RelativePositions:
    """A learned number per head and distance, added to the scores (Raffel et al. 2020, section 2.1)."""

    bias: Float[np.ndarray, "head query key"]
    distances: tuple[int, ...]  # key minus query, ascending
    by_distance: Float[np.ndarray, "head distance"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class AlibiPositions:
    """A penalty that grows with distance, one slope per head (Press et al. 2022, section 3)."""

    slopes: Float[np.ndarray, " head"]


Positions = AddedPositions | RotaryPositions | RelativePositions | AlibiPositions


def sinusoids(n_positions: int, d_model: int, base: float = 10_000.0) -> Float[np.ndarray, "position d_model"]:
    """Return the sinusoids of Vaswani et al. 2017, section 3.5: sine in the even columns, cosine in the odd ones.

    Column pair i turns by base ** (-2 i / d_model) radians per position. Raises ValueError when d_model is odd or
    smaller than 2, when n_positions is below 1, or when base is not above 1.
    """
    if d_model < 2 or d_model % 2:
        raise ValueError(f"d_model is {d_model}, but must be even and at least 2")
    if n_positions < 1:
        raise ValueError(f"n_positions is {n_positions}, but must be at least 1")
    if not base > 1:
        raise ValueError(f"base is {base}, but must be above 1")
    frequencies = base ** (-np.arange(0, d_model, 2) / d_model)  # (d_model / 2,)
    angles = np.arange(n_positions)[:, None] * frequencies  # (position, d_model / 2)
    vectors: np.ndarray = np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(n_positions, d_model)
    return vectors


def alibi_slopes(n_heads: int) -> Float[np.ndarray, " head"]:
    """Return ALiBi's slopes: 2 ** (-8 h / n) for n heads; for other counts the next power's odd ones follow."""
    power = 2 ** int(np.floor(np.log2(n_heads)))
    slopes: np.ndarray = 2.0 ** (-8.0 * np.arange(1, power + 1) / power)
    if power < n_heads:
        between = 2.0 ** (-8.0 * np.arange(1, 2 * power + 1, 2) / (2 * power))  # 1/2 power steps in between
        slopes = np.concatenate([slopes, between[: n_heads - power]])
    return slopes
