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


def rollout(weights: Float[np.ndarray, "layer head query key"]) -> Float[np.ndarray, "layer query key"]:
    """Return the attention rollout after each layer: how much of each input token reached each position.

    R_l = A_l R_(l-1) with A_l = (mean over the heads + I) / 2, for the part that the residual connection carries
    (Abnar and Zuidema 2020, section 3). Each row is brought back to the sum 1 where an attention sink took some.
    Values and feed-forward networks are left out. Raises ValueError when queries and keys are not the same tokens.
    """
    n_queries, n_keys = weights.shape[2:]
    if n_queries != n_keys:
        raise ValueError(f"rollout needs as many queries as keys, not {n_queries} and {n_keys}")
    reached = np.eye(n_keys)
    layers = []
    for mean in weights.astype(np.float64).mean(axis=1):  # (query, key)
        step = (mean + np.eye(n_keys)) / 2
        reached = step / step.sum(axis=-1, keepdims=True) @ reached  # the later layer stands on the left
        layers.append(reached)
    return np.stack(layers)


def value_weighted(
    weights: Float[np.ndarray, "layer head query key"],
    norms: Float[np.ndarray, "layer head key"],
) -> Float[np.ndarray, "layer head query key"]:
    """Return the length of what each key adds to a query's output: weight times norm of the key's transformed value.

    Kobayashi et al. 2020, section 3: alpha f(x) with f(x) = (x W_V + b_V) W_O. A large weight on a small vector
    moves little.
    """
    lengths: np.ndarray = weights * norms[:, :, None, :]
    return lengths


def ranks(values: Float[np.ndarray, " cell"]) -> Float[np.ndarray, " cell"]:
    """Return the rank of each value, from 0; equal values share the mean of their ranks."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    shared: np.ndarray = (ends - (counts + 1) / 2)[place]
    return shared


def rank_correlation(p: Float[np.ndarray, " cell"], q: Float[np.ndarray, " cell"]) -> float:
    """Return Spearman's rank correlation of two lists of weights: 1 for the same order, -1 for the reverse.

    NaN when one of the lists has only one value, for then it has no order.
    """
    p, q = (ranks(each) - (len(each) - 1) / 2 for each in (p, q))
    length = float(np.sqrt((p @ p) * (q @ q)))
    return float(p @ q) / length if length > 0 else float("nan")
