"""What is large and rarely asked: worked out from a Trace's hidden states, without a second forward pass."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from model.attention import HeadVectors
from model.engine import default_engine
from model.errors import NotShownError
from model.families.base import hidden
from model.positions import Positions
from model.trace import Attention, Trace


def logits_at(trace: Trace, positions: Sequence[int]) -> Float[np.ndarray, "position vocab"]:
    """Return the logits that follow each of the given positions of the decoder (of the encoder, for a masked LM).

    Raises NotShownError when the model has no language-model head, IndexError when a position is out of range.
    """
    engine = default_engine()
    loaded = engine.loaded_for(trace)
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


def positions(trace: Trace) -> Positions:
    """Return the model's own position scheme with its real numbers.

    Raises NotShownError when the model has none, or its family does not say which.
    """
    if trace.stacks[0].position_scheme == "none":
        raise NotShownError("Nothing tells this model where a token stands: it reads the tokens one after the other.")
    engine = default_engine()
    loaded = engine.loaded_for(trace)
    return engine.call(lambda: loaded.family.positions(loaded.module, len(trace.stacks[0].tokens)))


def pieces_of(trace: Trace, ids: Sequence[int]) -> tuple[bytes, ...]:
    """Return the bytes that tokens of the vocabulary stand for. Raises IndexError for an ID it does not have."""
    engine = default_engine()
    loaded = engine.loaded_for(trace)
    wrong = [each for each in ids if not 0 <= each < loaded.facts.vocab_size]
    if wrong:
        raise IndexError(f"there is no token {wrong[0]}: the vocabulary has {loaded.facts.vocab_size} tokens")

    def work() -> tuple[bytes, ...]:
        added = set(loaded.tokenizer.all_special_tokens)
        tokens = loaded.tokenizer.convert_ids_to_tokens(list(ids))
        return tuple(
            b"" if token is None else token.encode() if token in added else loaded.spell_token(token)
            for token in tokens
        )

    return engine.call(work)


def value_norms(trace: Trace, attention: Attention) -> Float[np.ndarray, "layer head key"]:
    """Return the length of each key's value after the head's output matrix: |(x W_V + b_V) W_O|.

    Times the attention weight it is how much the key adds to a query's vector (Kobayashi et al. 2020, section 3).
    Raises NotShownError when the family does not say where values or output matrices are.
    """
    engine = default_engine()
    loaded = engine.loaded_for(trace)
    family, module = loaded.family, loaded.module

    def lengths(layer: int) -> Float[np.ndarray, "head key"]:
        matrices = family.output_matrices(module, attention, layer).float().numpy()  # (head, d_head, d_model)
        values = family.head_values(module, trace, attention, layer)  # (head, key, d_head)
        # |v W|^2 = v (W W^T) v^T: no vector of d_model numbers is built for every head and key.
        squares = np.einsum("hki,hij,hkj->hk", values, matrices @ matrices.transpose(0, 2, 1), values, optimize=True)
        norms: np.ndarray = np.sqrt(np.maximum(squares, 0.0)).astype(np.float32)
        return norms

    return engine.call(lambda: np.stack([lengths(layer) for layer in range(attention.n_layers)]))
