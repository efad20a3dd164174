"""What is large and rarely asked: worked out from a Trace's hidden states, without a second forward pass."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from model.attention import HeadVectors
from model.engine import default_engine
from model.errors import NotShownError
from model.families.base import hidden
from model.loading import ONLY_LAST_LOGITS
from model.positions import Positions
from model.trace import Attention, StackName, Trace


def logits_at(trace: Trace, positions: Sequence[int]) -> Float[np.ndarray, "position vocab"]:
    """Return the logits that follow each of the given positions of the decoder (of the encoder, for a masked LM).

    Raises NotShownError when the model has no language-model head or this app cannot follow it, IndexError when a
    position is out of range.
    """
    engine = default_engine()
    loaded = engine.loaded_for(trace)
    if loaded.facts.predicts_next and not loaded.logits_everywhere:
        raise NotShownError(ONLY_LAST_LOGITS)
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
