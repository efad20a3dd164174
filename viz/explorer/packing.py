"""The bytes the explorer is fed with: every weight as an integer, in byte planes, deflated.

An integer is round(1000 w), which is all that three decimals show. Of a causal layer only the triangle travels.
Above EXACT_TOKENS the heads travel as small pictures of 8 bits, each cell the largest of the weights it covers, and a
head's integers are fetched when it is opened.

    a part      framed: a header and the deflated body
    body        seen      1 bit a cell: layer, query, key; each layer padded to whole bytes
                sums      round(1000 * sum of a row), low bytes, then high bytes: layer, head, query
                cells     the integers, low bytes, then high bytes: layer, head, query, key
                          or, above EXACT_TOKENS, round(255 w) of the pictures: layer, head, row, column
    the whole   framed: a header with what all parts share and the length of each part and each answer, then the
                parts, then the answers that a saved page carries, each as `pack_answer` writes it
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Float, UInt

from headlight.viz.browser import framed
from headlight.viz.theme import palettes

UNIT = 1000  # an integer of 1000 is a weight of 1
EXACT_TOKENS = 128  # up to here every head travels exactly and at once
MOST_TOKENS = 256  # on an axis; beyond, the first ones are drawn
_LEVEL = 6  # of deflate
_COLOURS = (
    "text", "muted", "accent", "masked", "background", "panel", "query", "key", "value", "ink_on_light",
    "ink_on_dark", "weights", "difference", "series",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Heads:
    """All heads of one attention with the tokens of both axes. Labels are plain text, never markup.

    `*_marked` are tokens to set apart (special ones), `*_words` say which word each token belongs to. `seen` is False
    where a mask hides the cell; None: every cell is seen, or every one on and below the diagonal when `causal`.
    `scores` holds a number per head for each name, `chance` what chance would give for it. `about` says where the
    weights come from (model, revision, text) and goes into what is taken away. `key` tells one attention from another.
    """

    weights: Float[np.ndarray, "layer head query key"]
    queries: Sequence[str]
    keys: Sequence[str]
    causal: bool
    same_text: bool = True  # query i and key i are the same token
    queries_marked: Sequence[bool] = ()
    keys_marked: Sequence[bool] = ()
    query_words: Sequence[int] = ()
    key_words: Sequence[int] = ()
    seen: Bool[np.ndarray, "layer query key"] | None = None
    scores: Mapping[Any, Float[np.ndarray, "score_layer score_head"]] = field(default_factory=dict)
    chance: Mapping[Any, float] = field(default_factory=dict)
    about: Mapping[str, str | None] = field(default_factory=dict)
    key: str = ""


def pack_heads(heads: Heads, *, exact: bool | None = None) -> bytes:
    """Pack one attention. `exact` None: exactly up to EXACT_TOKENS, as pictures above.

    Raises ValueError when the labels, marks, words or scores do not fit the weights.
    """
    _check(heads)
    n_queries, n_keys = (min(size, MOST_TOKENS) for size in heads.weights.shape[2:])
    weights = heads.weights[:, :, :n_queries, :n_keys]
    exact = max(n_queries, n_keys) <= EXACT_TOKENS if exact is None else exact
    seen = _seen(heads)[:, :n_queries, :n_keys]
    sums = np.rint(UNIT * weights.sum(axis=-1, dtype=np.float64)).astype("<u2")  # (layer, head, query)
    pool = 1 if exact else -(-max(n_queries, n_keys) // EXACT_TOKENS)
    cells = (
        _planes(integers(weights)[..., _triangle(n_queries, n_keys, heads.causal)])
        if exact
        else _pictures(weights, pool)
    )
    body = b"".join(np.packbits(layer).tobytes() for layer in seen) + _planes(sums) + cells
    header = {
        "key": heads.key,
        "layers": weights.shape[0],
        "heads": weights.shape[1],
        "queries": list(heads.queries[:n_queries]),
        "keys": list(heads.keys[:n_keys]),
        "queriesMarked": [bool(each) for each in heads.queries_marked[:n_queries]] or [False] * n_queries,
        "keysMarked": [bool(each) for each in heads.keys_marked[:n_keys]] or [False] * n_keys,
        "queryWords": [int(each) for each in heads.query_words[:n_queries]] or list(range(n_queries)),
        "keyWords": [int(each) for each in heads.key_words[:n_keys]] or list(range(n_keys)),
        "causal": heads.causal,
        "sameText": heads.same_text,
        "exact": exact,
        "pool": pool,
        "cut": [heads.weights.shape[2] - n_queries, heads.weights.shape[3] - n_keys],
        "scores": {name: np.round(values, 4).tolist() for name, values in heads.scores.items()},
        "chance": {name: round(value, 4) for name, value in heads.chance.items()},
        "about": dict(heads.about),
    }
    return framed(header, zlib.compress(body, _LEVEL))


def pack(
    parts: Sequence[bytes],
    *,
    mode: Literal["explore", "compare"] = "explore",
    answers: Sequence[bytes] = (),
    **options: Any,
) -> bytes:
    """Join packed attentions into what the component takes: one to explore, one or two (A's and B's) to compare.

    `answers` are those that need not be asked for, from `pack_answer` or `pack_vectors`. `options` go into the header
    as they are: `asks` (whether a server answers), `note` (a sentence to show).
    """
    header = {
        "mode": mode,
        "lengths": [len(part) for part in parts],
        "answers": [len(answer) for answer in answers],
        "palettes": palettes(*_COLOURS),
        **options,
    }
    return framed(header, b"".join((*parts, *answers)))


def pack_answer(header: Mapping[str, Any], *arrays: np.ndarray) -> bytes:
    """Pack an answer to what the explorer asked: arrays of integers or float32, each with its shape, deflated."""
    shapes = [{"shape": array.shape, "type": "f4" if array.dtype.kind == "f" else "u2"} for array in arrays]
    body = b"".join(
        array.astype("<f4").tobytes() if array.dtype.kind == "f" else array.astype("<u2").tobytes() for array in arrays
    )
    return framed({**header, "arrays": shapes}, zlib.compress(body, _LEVEL))


def pack_vectors(
    layer: int,
    head: int,
    query: Float[np.ndarray, "query d_head"],
    key: Float[np.ndarray, "key d_head"],
    value: Float[np.ndarray, "key d_head"],
    *,
    scale: float,
    bias: Float[np.ndarray, "query key"] | None = None,
    scheme: str = "none",
    of: str = "",
) -> bytes:
    """Pack what the microscope shows of one head: the vectors as they enter the dot product, in float32.

    Scores are multiplied by `scale`, then `bias` is added; `scheme` "rotary" says that the vectors are turned ones.
    `of` is the `Heads.key` of their attention. Only the MOST_TOKENS tokens that are drawn are kept.
    """
    arrays = [query, key, value, *([] if bias is None else [bias[:, :MOST_TOKENS]])]
    return pack_answer(
        {"key": of, "what": "vectors", "layer": layer, "head": head, "d": query.shape[1], "scale": scale}
        | {"scheme": scheme},
        *(np.asarray(each[:MOST_TOKENS], np.float32) for each in arrays),
    )


def integers(weights: Float[np.ndarray, "*axes"]) -> UInt[np.ndarray, "*axes"]:
    """Return round(1000 w): at most half a unit from the weight, so three decimals are right to one unit."""
    whole: np.ndarray = np.rint(UNIT * weights).astype("<u2")
    return whole


def _planes(values: np.ndarray) -> bytes:
    """Return all low bytes, then all high bytes: the high ones are nearly all 0 and deflate to nothing."""
    flat = np.ascontiguousarray(values).reshape(-1)
    return (flat & 255).astype(np.uint8).tobytes() + (flat >> 8).astype(np.uint8).tobytes()


def _triangle(n_queries: int, n_keys: int, causal: bool) -> Bool[np.ndarray, "query key"]:
    whole: np.ndarray = np.tri(n_queries, n_keys, dtype=bool) if causal else np.ones((n_queries, n_keys), dtype=bool)
    return whole


def _pictures(weights: Float[np.ndarray, "layer head query key"], pool: int) -> bytes:
    """Return 8-bit pictures in which each cell is the largest of `pool` x `pool` weights: a thin line stays."""
    n_layers, n_heads, n_queries, n_keys = weights.shape
    height, width = -(-n_queries // pool), -(-n_keys // pool)
    padded = np.pad(weights, [(0, 0), (0, 0), (0, height * pool - n_queries), (0, width * pool - n_keys)])
    largest = padded.reshape(n_layers, n_heads, height, pool, width, pool).max(axis=(3, 5))
    return bytes(np.rint(255 * largest).clip(0, 255).astype(np.uint8).tobytes())


def _seen(heads: Heads) -> Bool[np.ndarray, "layer query key"]:
    n_layers, _, n_queries, n_keys = heads.weights.shape
    whole = np.broadcast_to(_triangle(n_queries, n_keys, heads.causal), (n_layers, n_queries, n_keys))
    return whole if heads.seen is None else whole & heads.seen


def _check(heads: Heads) -> None:
    n_layers, n_heads, n_queries, n_keys = heads.weights.shape
    expected: dict[str, tuple[Sequence[Any], int]] = {
        "queries": (heads.queries, n_queries),
        "keys": (heads.keys, n_keys),
        "queries_marked": (heads.queries_marked or [False] * n_queries, n_queries),
        "keys_marked": (heads.keys_marked or [False] * n_keys, n_keys),
        "query_words": (heads.query_words or [0] * n_queries, n_queries),
        "key_words": (heads.key_words or [0] * n_keys, n_keys),
    }
    wrong = {name: len(values) for name, (values, size) in expected.items() if len(values) != size}
    if wrong:
        raise ValueError(f"the weights have {n_queries} queries and {n_keys} keys, but {wrong}")
    if heads.seen is not None and heads.seen.shape != (n_layers, n_queries, n_keys):
        raise ValueError(f"seen has shape {heads.seen.shape}, but the weights {heads.weights.shape}")
    for name, values in heads.scores.items():
        if values.shape != (n_layers, n_heads):
            raise ValueError(
                f"score {name!r} has shape {values.shape}, but there are {n_layers} layers of {n_heads} heads"
            )
    if not min(heads.weights.shape):
        raise ValueError(f"the weights have shape {heads.weights.shape}: nothing to draw")
