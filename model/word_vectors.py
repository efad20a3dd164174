"""The vocabulary of a model as vectors: all of them, the basis they are drawn in, and the tokens of a word."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from headlight.model.detail import pieces_of
from headlight.model.engine import default_engine
from headlight.model.science.projection import Basis, fit_basis, random_pair_angles
from headlight.model.trace import Trace

MOST_FITTED = 8_192  # vectors of the vocabulary that the basis is fitted on: 50,257 of 768 numbers would take 5 s
MOST_FITTED_WIDE = 2_048  # above 1,024 numbers a vector
FEWEST_WORDS = 64  # a vocabulary with fewer whole words is fitted on all of its tokens


def vocabulary(trace: Trace) -> Float[np.ndarray, "vocab d_model"]:
    """Return the input embedding of every token of the model, scaled as in the Trace. Read-only.

    Not kept: in most families it is the model's own memory, and kept it would push Traces out.
    """
    engine = default_engine()
    loaded = engine.loaded_for(trace)

    def work() -> Float[np.ndarray, "vocab d_model"]:
        vectors: np.ndarray = loaded.family.vocabulary(loaded.module).numpy().view()
        vectors.setflags(write=False)
        return vectors

    return engine.call(work)


def vocabulary_basis(trace: Trace) -> Basis:
    """Return the three principal components of the model's vocabulary, fitted once and kept in memory.

    They are fitted on the tokens of two letters or more, at most MOST_FITTED of them, spread evenly over the IDs.
    Single bytes and signs stay out: training never meets some of them, they all lie together far from the words, and
    the first axis would show little but that distance.
    """
    engine = default_engine()
    vectors = vocabulary(trace)

    def work() -> Basis:
        ids = np.array([token_id for token_id, piece in enumerate(pieces) if _is_word(piece)], dtype=np.int64)
        if len(ids) < FEWEST_WORDS:
            ids = np.arange(len(vectors))
        most = MOST_FITTED if vectors.shape[1] <= 1_024 else MOST_FITTED_WIDE
        chosen = ids[np.linspace(0, len(ids) - 1, min(most, len(ids))).round().astype(np.int64)]
        return fit_basis(vectors[chosen])

    key = ("vocabulary basis", trace.model_name, trace.revision)
    if (kept := engine.memory.find(key)) is not None:
        return kept  # type: ignore[no-any-return]
    pieces = pieces_of(trace, range(min(len(vectors), engine.loaded_for(trace).facts.vocab_size)))
    return engine.call(work, key=key, n_bytes=lambda basis: basis.mean.nbytes + basis.axes.nbytes)


def random_angles(trace: Trace) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return mean and standard deviation of the angle, in degrees, between two tokens of the vocabulary drawn by lot.

    First as the vectors are, then seen from the mean of the basis. Measured once and kept in memory.
    """
    vectors, basis = vocabulary(trace), vocabulary_basis(trace)

    def work() -> tuple[tuple[float, float], tuple[float, float]]:
        return random_pair_angles(vectors), random_pair_angles(vectors, origin=basis.mean)

    return default_engine().call(work, key=("random angles", trace.model_name, trace.revision))


def _is_word(piece: bytes) -> bool:
    try:
        text = piece.decode().strip()
    except UnicodeDecodeError:
        return False
    return len(text) > 1 and text.isalpha()


def word_ids(trace: Trace, words: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    """Return the IDs of each word as the model's tokenizer cuts it in the middle of a sentence, after a space."""
    engine = default_engine()
    loaded = engine.loaded_for(trace)

    def cut(text: str) -> list[int]:
        ids: list[int] = loaded.tokenizer(text, add_special_tokens=False, split_special_tokens=True)["input_ids"]
        return ids

    def work() -> tuple[tuple[int, ...], ...]:
        before = cut("a")
        found = []
        for word in words:
            ids = cut(f"a {word}")
            # Some tokenizers put a mark of their own in front of every text: a real word before it takes that.
            after = ids[len(before) :] if ids[: len(before)] == before else cut(f" {word}")
            found.append(tuple(after))
        return tuple(found)

    return engine.call(work)
