"""What is large and rarely asked: worked out from a Trace's hidden states, without a second forward pass."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from model.attention import HeadVectors
from model.engine import default_engine
from model.errors import NotShownError
from model.families.base import hidden
from model.loading import NO_LOGITS_OF_EACH
from model.positions import Positions
from model.projection import Basis, fit_basis, random_pair_angles
from model.trace import Attention, StackName, Trace

MOST_FITTED = 8_192  # vectors of the vocabulary that the basis is fitted on: 50,257 of 768 numbers would take 5 s
MOST_FITTED_WIDE = 2_048  # above 1,024 numbers a vector
FEWEST_WORDS = 64  # a vocabulary with fewer whole words is fitted on all of its tokens


def logits_at(trace: Trace, positions: Sequence[int]) -> Float[np.ndarray, "position vocab"]:
    """Return the logits that follow each of the given positions of the decoder (of the encoder, for a masked LM).

    Raises NotShownError when the model has no language-model head or this app cannot follow it, IndexError when a
    position is out of range.
    """
    engine = default_engine()
    loaded = engine.loaded_for(trace)
    if NO_LOGITS_OF_EACH in loaded.facts.cannot_show:
        raise NotShownError(NO_LOGITS_OF_EACH)
    stack = trace.stacks[-1]
    rows = [range(len(stack.tokens))[position] for position in positions]

    def work() -> Float[np.ndarray, "position vocab"]:
        states = hidden(trace, stack.name, -1)[rows]  # (position, d_model)
        return np.asarray(loaded.family.logits(loaded.module, states), dtype=np.float32)

    return engine.call(work)


def head_vectors(trace: Trace, attention: Attention, layer: int, head: int) -> HeadVectors:
    """Return the query, key and value vectors of one head, as they enter the dot product.

    Raises NotShownError when the family does not say where they are, IndexError when there is no such head.
    """
    if not (0 <= layer < attention.n_layers and 0 <= head < attention.n_heads):
        raise IndexError(
            f"layer {layer}, head {head}: there are {attention.n_layers} layers of {attention.n_heads} heads"
        )
    engine = default_engine()
    loaded = engine.loaded_for(trace)
    return engine.call(lambda: loaded.family.head_vectors(loaded.module, trace, attention, layer, head))


def positions(trace: Trace, stack: StackName | None = None) -> Positions:
    """Return the model's own position scheme with its real numbers, of one stack; None: the first.

    Raises NotShownError when the model has none, or its family does not say which.
    """
    if trace.stacks[0].position_scheme == "none":
        raise NotShownError("Nothing tells this model where a token stands: it reads the tokens one after the other.")
    engine = default_engine()
    loaded = engine.loaded_for(trace)
    read = next(each for each in trace.stacks if stack in (None, each.name))
    return engine.call(lambda: loaded.family.positions(loaded.module, read.name, len(read.tokens)))


def pieces_of(trace: Trace, ids: Sequence[int]) -> tuple[bytes, ...]:
    """Return the bytes that tokens of the vocabulary stand for. Raises IndexError for an ID it does not have."""
    engine = default_engine()
    loaded = engine.loaded_for(trace)
    wrong = [each for each in ids if not 0 <= each < loaded.facts.vocab_size]
    if wrong:
        raise IndexError(f"there is no token {wrong[0]}: the vocabulary has {loaded.facts.vocab_size} tokens")

    def work() -> tuple[bytes, ...]:
        tokens = loaded.tokenizer.convert_ids_to_tokens(list(ids))
        return tuple(b"" if token is None else loaded.spell_token(token) for token in tokens)

    return engine.call(work)


def vocabulary(trace: Trace) -> Float[np.ndarray, "vocab d_model"]:
    """Return the input embedding of every token of the model, scaled as in the Trace. Read-only, kept in memory."""
    engine = default_engine()
    loaded = engine.loaded_for(trace)

    def work() -> Float[np.ndarray, "vocab d_model"]:
        vectors: np.ndarray = loaded.family.vocabulary(loaded.module).numpy().view()
        vectors.setflags(write=False)
        return vectors

    key = ("vocabulary", trace.model_name, trace.revision)
    return engine.call(work, key=key, n_bytes=lambda vectors: vectors.nbytes)  # it keeps the weights alive


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
