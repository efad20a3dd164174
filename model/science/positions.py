"""How a model knows where a token stands: the schemes, in NumPy.

Learned tables and sinusoids are added to the embeddings; rotary turns queries and keys; relative biases and ALiBi
are added to the scores.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, Int


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


def alibi_bias(slopes: Float[np.ndarray, " head"], n_tokens: int) -> Float[np.ndarray, "head query key"]:
    """Return what ALiBi takes off the score of each query and key: the head's slope times their distance, negative.

    Press et al. 2022, section 3. BLOOM adds slope times the key's position instead: the scores differ by a number per
    row, the weights do not.
    """
    places = np.arange(n_tokens)
    bias: np.ndarray = -slopes[:, None, None] * np.abs(places[:, None] - places[None, :])  # (head, query, key)
    return bias


Measure = Literal["cosine", "centred cosine", "dot product"]


def similarity(
    vectors: Float[np.ndarray, "position d_model"], measure: Measure
) -> Float[np.ndarray, "position position"]:
    """Return how alike each two rows are; NaN for the cosine of a row that is 0 and so has no direction.

    "centred cosine" takes the mean of the rows off each row first: what all of them share is no likeness of two.
    """
    rows = vectors.astype(np.float64)
    if measure == "centred cosine":
        rows = rows - rows.mean(axis=0)
    if measure != "dot product":
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)  # (position, 1)
        rows = rows / np.where(lengths > 1e-9, lengths, np.nan)
    products: np.ndarray = rows @ rows.T
    return products


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ByDistance:
    """What a table of positions by positions holds at each distance: where low equals high, only distance matters."""

    mean: Float[np.ndarray, " distance"]
    low: Float[np.ndarray, " distance"]
    high: Float[np.ndarray, " distance"]


def by_distance(table: Float[np.ndarray, "position position"]) -> ByDistance:
    """Return mean, smallest and largest value of each diagonal above the main one, distance 0 first."""
    diagonals = [np.diagonal(table, distance) for distance in range(len(table))]
    return ByDistance(
        mean=np.array([each.mean() for each in diagonals]),
        low=np.array([each.min() for each in diagonals]),
        high=np.array([each.max() for each in diagonals]),
    )


def in_halves(interleaved: Float[np.ndarray, "position d_model"]) -> Float[np.ndarray, "position d_model"]:
    """Return sinusoids in the order of tensor2tensor and Marian: all the sines first, then all the cosines."""
    return np.concatenate([interleaved[:, 0::2], interleaved[:, 1::2]], axis=1)


Layout = Literal["interleaved", "halves"]


def sinusoid_layout(vectors: Float[np.ndarray, "position d_model"]) -> Layout | None:
    """Return in which order a model keeps the sinusoids of 2017, with base 10,000, or None when these are others."""
    n_positions, d_model = vectors.shape
    if n_positions < 2 or d_model % 2:  # position 0 alone does not tell a sinusoid
        return None
    paper = sinusoids(n_positions, d_model)
    if np.allclose(vectors, paper, atol=1e-3):  # half precision at most
        return "interleaved"
    return "halves" if np.allclose(vectors, in_halves(paper), atol=1e-3) else None


def rotate(
    vectors: Float[np.ndarray, "row d_head"],
    places: Float[np.ndarray, " row"] | Int[np.ndarray, " row"],
    frequencies: Float[np.ndarray, " pair"],
    *,
    scale: float = 1.0,
) -> Float[np.ndarray, "row d_head"]:
    """Return queries or keys turned as rotary positions turn them: pair i by place times frequency i.

    Pair i is the entries i and i + n_pairs, as transformers lays them out (Su et al. 2021, section 3.2.2, pair
    neighbours instead, which is the same up to the order of the entries). Entries past 2 * n_pairs stay (partial
    rotary), negative places turn back. `scale` multiplies what is turned: YaRN's, 1 without. Raises ValueError when
    there are more pairs than the rows have room for.
    """
    n_pairs = len(frequencies)
    if 2 * n_pairs > vectors.shape[1]:
        raise ValueError(f"{n_pairs} frequencies turn {2 * n_pairs} entries, but d_head is {vectors.shape[1]}")
    angles = places.astype(vectors.dtype)[:, None] * frequencies.astype(vectors.dtype)  # (row, pair)
    cosine, sine = np.cos(angles) * scale, np.sin(angles) * scale
    first, second, rest = np.split(vectors, [n_pairs, 2 * n_pairs], axis=1)
    rotated: np.ndarray = np.concatenate([first * cosine - second * sine, first * sine + second * cosine, rest], axis=1)
    return rotated.astype(vectors.dtype)


def rotary_scores(
    query: Float[np.ndarray, " d_head"],
    key: Float[np.ndarray, " d_head"],
    distances: Int[np.ndarray, " distance"],
    frequencies: Float[np.ndarray, " pair"],
    scale: float,
) -> Float[np.ndarray, " distance"]:
    """Return the score of a query and a key, neither turned yet, for each distance (query's place minus key's)."""
    queries = rotate(np.tile(query, (len(distances), 1)), distances, frequencies)  # (distance, d_head)
    scores: np.ndarray = queries @ key * scale
    return scores


def relative_buckets(
    distances: Int[np.ndarray, " distance"], *, both_ways: bool, n_buckets: int = 32, max_distance: int = 128
) -> Int[np.ndarray, " distance"]:
    """Return T5's bucket of each distance, key minus query (Raffel et al. 2020, section 2.1).

    Near distances have a bucket each, far ones share logarithmically wider ones. `both_ways` (the encoder): half of
    the buckets are for keys after the query; otherwise all those fall into bucket 0.
    """
    if both_ways:
        n_buckets //= 2
        after, distances = np.where(distances > 0, n_buckets, 0), np.abs(distances)
    else:
        after, distances = np.zeros_like(distances), np.maximum(-distances, 0)
    n_exact = n_buckets // 2
    # float32, and in this order, as the models were trained: at a power of two the rounding decides the bucket.
    ratio = np.maximum(distances, 1).astype(np.float32) / np.float32(n_exact)
    steps = np.log(ratio) / np.float32(np.log(max_distance / n_exact)) * np.float32(n_buckets - n_exact)
    far = np.minimum(n_exact + steps.astype(np.int64), n_buckets - 1)
    buckets: np.ndarray = after + np.where(distances < n_exact, distances, far)
    return buckets
