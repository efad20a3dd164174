"""The points of the Embeddings page: tokens, special tokens, extra words and sums, in the fixed basis."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from headlight.model.science.projection import Basis
from headlight.model.trace import Stack
from headlight.pages.embeddings.extra_words import ExtraWord
from headlight.pages.frame.view import labels
from headlight.viz.scatter import Points, Role
from headlight.viz.table import Columns


def distinct(vectors: Float[np.ndarray, "token d_model"]) -> dict[int, list[int]]:
    """Return the positions that have the same vector, under the first of them."""
    places: dict[bytes, list[int]] = {}
    for position, vector in enumerate(vectors):
        places.setdefault(vector.tobytes(), []).append(position)
    return {positions[0]: positions for positions in places.values()}


def groups_of(
    stack: Stack,
    vectors: Float[np.ndarray, "token d_model"],
    words: Sequence[ExtraWord],
    basis: Basis,
) -> list[Points]:
    """Return the points by kind, those kinds that there are. Tokens with equal vectors are one point."""
    places = distinct(vectors)
    typed = [position for position in places if not stack.special[position]]
    special = [position for position in places if stack.special[position]]
    groups = [
        _tokens("the sentence", "token", typed, stack, vectors, places, basis),
        _tokens("special token", "special", special, stack, vectors, places, basis),
        _words("extra words", "word", [word for word in words if not word.is_sum], basis),
        _words("sums", "sum", [word for word in words if word.is_sum], basis),
    ]
    return [group for group in groups if group is not None]


def _tokens(
    name: str,
    role: Role,
    positions: Sequence[int],
    stack: Stack,
    vectors: Float[np.ndarray, "token d_model"],
    places: dict[int, list[int]],
    basis: Basis,
) -> Points | None:
    names = labels(stack)
    notes = [f"position {', '.join(map(str, places[each]))} · token {stack.ids[each]}" for each in positions]
    return _points(name, role, vectors[list(positions)], [names[each] for each in positions], notes, basis)


def _words(name: str, role: Role, words: Sequence[ExtraWord], basis: Basis) -> Points | None:
    notes = []
    for word in words:
        alone = f"token {word.ids[0]}" if len(word.ids) == 1 else f"mean of {len(word.ids)} tokens"
        notes.append("a sum of vectors" if word.is_sum else alone)
    vectors = np.array([word.vector for word in words]).reshape(-1, len(basis.mean))
    return _points(name, role, vectors, [word.name for word in words], notes, basis)


def _points(
    name: str,
    role: Role,
    vectors: Float[np.ndarray, "point d_model"],
    titles: Sequence[str],
    notes: Sequence[str],
    basis: Basis,
) -> Points | None:
    if not titles:
        return None
    shares = basis.shares(vectors)
    return Points(
        name=name,
        role=role,
        coordinates=basis.project(vectors),
        shares=shares,
        labels=titles,
        notes=[
            f"{note} · {100 * share:.0f} % of its length is in the picture"
            for note, share in zip(notes, shares, strict=True)
        ],
    )


def point_columns(groups: Sequence[Points]) -> Columns:
    """Return the coordinates of the points and how much of each is in the picture."""
    coordinates = np.concatenate([each.coordinates for each in groups])
    return {
        "kind": [each.name for each in groups for _ in each.labels],
        "label": [label for each in groups for label in each.labels],
        "note": [note for each in groups for note in each.notes],
        **{f"axis_{i}": coordinates[:, i] for i in range(coordinates.shape[1])},
        "share_of_length": np.concatenate([each.shares for each in groups]),
    }
