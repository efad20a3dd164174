"""Attention weights in NumPy: from query and key to weights, and how two heads differ."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class HeadVectors:
    """What one head multiplies: its query, key and value vectors, as they enter the dot product (after rotation).

    `bias` is what a relative or ALiBi scheme adds to the scores. `visible` is False where the mask hides a key.
    """

    query: Float[np.ndarray, "query d_head"]
    key: Float[np.ndarray, "key d_head"]
    value: Float[np.ndarray, "key d_head"]
    scale: float  # scores are multiplied by it: 1 / sqrt(d_head), but 1 for T5
    bias: Float[np.ndarray, "query key"] | None
    visible: Bool[np.ndarray, "query key"]

    def scores(self) -> Float[np.ndarray, "query key"]:
        """Return q k^T * scale + bias, with -inf where the mask hides the key."""
        scores = self.query @ self.key.T * self.scale
        if self.bias is not None:
            scores = scores + self.bias
        return np.where(self.visible, scores, -np.inf)

    def weights(self) -> Float[np.ndarray, "query key"]:
        """Return the softmax of the scores over the keys (Vaswani et al. 2017, section 3.2.1)."""
        return softmax(self.scores())


def softmax(scores: Float[np.ndarray, "*rows column"]) -> Float[np.ndarray, "*rows column"]:
    """Return the softmax over the last axis; the largest score is taken off first, so nothing overflows."""
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights: np.ndarray = exponentials / exponentials.sum(axis=-1, keepdims=True)
    return weights


def visible_cells(
    n_queries: int, n_keys: int, *, causal: bool, window: int | None = None
) -> Bool[np.ndarray, "query key"]:
    """Return which keys a query may read: itself and those before it when causal, within a sliding window if any."""
    distance = np.arange(n_queries)[:, None] - np.arange(n_keys)[None, :]  # (query, key)
    visible = np.ones((n_queries, n_keys), dtype=bool)
    if causal:
        visible &= distance >= 0
    if window is not None:
        visible &= distance < window
    return visible


def seen_cells(weights: Float[np.ndarray, "head query key"], *, causal: bool) -> Bool[np.ndarray, "query key"]:
    """Return which cells of a layer its mask left open: a key after its query is hidden in a causal layer, and so
    is a cell that is exactly 0 in every head, which is how a sliding window shows in the weights.
    """
    n_queries, n_keys = weights.shape[1:]
    seen: np.ndarray = visible_cells(n_queries, n_keys, causal=causal) & (weights != 0).any(axis=0)
    return seen


def entropy(weights: Float[np.ndarray, "*rows key"]) -> Float[np.ndarray, "*rows"]:
    """Return the entropy of each row in nats, with 0 ln 0 = 0."""
    logarithms = np.log(weights, out=np.zeros_like(weights), where=weights > 0)
    nats: np.ndarray = np.maximum(0.0, -(weights * logarithms).sum(axis=-1))
    return nats


def jensen_shannon(p: Float[np.ndarray, "*rows key"], q: Float[np.ndarray, "*rows key"]) -> Float[np.ndarray, "*rows"]:
    """Return the Jensen-Shannon distance of two distributions, row by row: 0 when equal, 1 when nothing is shared.

    The square root of the divergence to base 2 (Lin 1991; Endres and Schindelin 2003). Raises ValueError when the
    shapes differ.
    """
    if p.shape != q.shape:
        raise ValueError(f"p has shape {p.shape}, q has {q.shape}")
    p, q = p.astype(np.float64), q.astype(np.float64)
    divergence = entropy((p + q) / 2) - (entropy(p) + entropy(q)) / 2
    distance: np.ndarray = np.sqrt(np.clip(divergence / np.log(2), 0.0, 1.0))
    return distance
