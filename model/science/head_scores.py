"""What kind of head is it? Numbers that say how far a head follows a simple pattern, and what chance would give."""

from typing import Literal, get_args

import numpy as np
from jaxtyping import Bool, Float, Int

from headlight.model.science.attention import entropy

ScoreName = Literal["previous", "duplicate", "induction", "first", "self", "entropy", "distance"]
SCORE_NAMES: tuple[ScoreName, ...] = get_args(ScoreName)

Scores = dict[ScoreName, Float[np.ndarray, "layer head"]]


def patterns(ids: Int[np.ndarray, " token"], *, causal: bool) -> dict[ScoreName, Bool[np.ndarray, "query key"]]:
    """Return which keys each pattern reads, for a text that reads itself.

    previous: the token before. duplicate: the same token at another place. induction: the token after the same token
    (Olsson et al. 2022). first: the first token, the usual attention sink (Xiao et al. 2023). self: the token itself.
    """
    n_tokens = len(ids)
    query, key = np.indices((n_tokens, n_tokens))
    visible = key <= query if causal else np.ones_like(query, dtype=bool)
    same = ids[:, None] == ids[None, :]  # (query, key)
    after_same = np.zeros_like(same)
    after_same[:, 1:] = same[:, :-1] & (query != key)[:, :-1]
    return {
        "previous": key == query - 1,
        "duplicate": same & (query != key) & visible,
        "induction": after_same & visible,
        "first": (key == 0) & (query > 0),
        "self": (key == query) & (visible.sum(axis=-1, keepdims=True) > 1),
    }


def head_scores(
    weights: Float[np.ndarray, "layer head query key"],
    seen: Bool[np.ndarray, "layer query key"],
    ids: Int[np.ndarray, " token"] | None,
    *,
    causal: bool,
) -> Scores:
    """Return each score of every head. `seen` says which cells the mask left open; `ids` is None for cross-attention.

    The five patterns: the share of a row's weight that follows the pattern, averaged over the rows that could follow
    it; 0 to 1. entropy: of a row, as a share of the most it could be (Clark et al. 2019, section 3.3), averaged over
    rows with two keys or more; 0 to 1. distance: the mean of weight times |query - key|, in tokens (Vig and Belinkov
    2019, section 4.2). A score that no row of this text allows is left out.
    """
    n_queries, n_keys = weights.shape[2:]
    scores: Scores = {}
    if ids is not None:
        for name, pattern in patterns(ids, causal=causal).items():
            _keep(scores, name, (weights * pattern).sum(axis=-1), pattern.sum(axis=-1) > 0)
        distance = np.abs(np.subtract.outer(np.arange(n_queries), np.arange(n_keys)))
        scores["distance"] = (weights * distance).sum(axis=-1).mean(axis=-1)
    else:
        scores["first"] = weights[..., 0].mean(axis=-1)
    n_seen: np.ndarray = np.asarray(seen.sum(axis=-1))  # (layer, query)
    open_rows: np.ndarray = np.all(n_seen > 1, axis=0)
    most = np.log(np.maximum(n_seen, 2))[:, None, :]
    _keep(scores, "entropy", entropy(weights) / most, open_rows)
    return scores


def chance_scores(
    seen: Bool[np.ndarray, "layer query key"],
    ids: Int[np.ndarray, " token"] | None,
    *,
    causal: bool,
) -> dict[ScoreName, float]:
    """Return what a head would score that reads every key it may read alike."""
    uniform = seen / np.maximum(seen.sum(axis=-1, keepdims=True), 1)  # (layer, query, key)
    scores = head_scores(uniform[:, None], seen, ids, causal=causal)
    return {name: float(values.mean()) for name, values in scores.items()}


def _keep(
    scores: Scores,
    name: ScoreName,
    rows: Float[np.ndarray, "layer head query"],
    eligible: Bool[np.ndarray, " query"],
) -> None:
    if eligible.any():
        scores[name] = rows[..., eligible].mean(axis=-1)
