"""What is large and rarely asked: worked out from a Trace's hidden states, without a second forward pass."""

import sys
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from headlight.model.admitting.loading import NO_LOGITS_OF_EACH
from headlight.model.engine import default_engine
from headlight.model.errors import NotShownError
from headlight.model.families.base import hidden
from headlight.model.science import distribution
from headlight.model.science.attention import HeadVectors
from headlight.model.science.distribution import TokenScores
from headlight.model.science.positions import Positions
from headlight.model.trace import Attention, Stack, StackName, Trace

ROWS_AT_ONCE = 32  # of logits: a vocabulary wide, so a long text is taken in parts


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


def embedding_scale(trace: Trace, stack: Stack) -> float | None:
    """Return what a row of the embedding matrix was multiplied by to become a token's vector: sqrt(d_model) in Marian
    (Vaswani et al. 2017, section 3.4), 1 in most models. None when the vector is no multiple of the row.
    """
    engine = default_engine()
    loaded = engine.loaded_for(trace)

    def work() -> float | None:
        part = getattr(loaded.module.base_model, stack.name) if len(trace.stacks) > 1 else loaded.module
        token_id = int(stack.ids[-1])
        row = part.get_input_embeddings().weight[token_id].detach().numpy().astype(np.float64)  # (width,)
        vector = stack.token_embeddings[-1].astype(np.float64)
        if row.shape != vector.shape or not row.any():
            return None
        scale = float(row @ vector / (row @ row))
        return scale if np.allclose(vector, scale * row, rtol=1e-4, atol=1e-6) else None

    return engine.call(work)


def pieces_of(trace: Trace, ids: Sequence[int]) -> tuple[bytes, ...]:
    """Return the bytes that tokens of the vocabulary stand for. Raises IndexError for an ID it does not have."""
    engine = default_engine()
    loaded = engine.loaded_for(trace)
    n_vocab = loaded.facts.vocab_size
    wrong = [each for each in ids if not 0 <= each < n_vocab]
    if wrong:
        raise IndexError(f"there is no token {wrong[0]}: the vocabulary has {n_vocab} tokens")

    def work() -> tuple[bytes, ...]:
        tokens = loaded.tokenizer.convert_ids_to_tokens(list(range(n_vocab)))
        return tuple(b"" if token is None else loaded.spell_token(token) for token in tokens)

    # All at once and kept: every page asks for some, and a question to the engine waits behind others' forwards.
    key = ("pieces", trace.model_name, trace.revision)
    pieces = engine.call(work, key=key, n_bytes=lambda all_pieces: sum(map(sys.getsizeof, all_pieces)))
    return tuple(pieces[each] for each in ids)


def token_scores(trace: Trace) -> TokenScores:
    """Return how well the model foresaw each token of the stack that predicts, from the logits before it.

    The first token has no score: nothing stands before it. Raises NotShownError when the model predicts no next
    token, or when its last hidden state does not lead to the logits it gave.
    """
    engine = default_engine()
    loaded = engine.loaded_for(trace)
    stack = trace.stacks[-1]
    if trace.logits is None:
        raise NotShownError("This model predicts no next token, so the tokens of the sentence have no probability.")
    last = trace.logits

    def work() -> TokenScores:
        states = hidden(trace, stack.name, -1)  # (token, d_model)
        parts: list[TokenScores] = []
        for start in reversed(range(0, len(stack.ids), ROWS_AT_ONCE)):  # the end first: it shows whether they fit
            rows = states[start : start + ROWS_AT_ONCE]
            logits = np.asarray(loaded.family.logits(loaded.module, rows), dtype=np.float32)  # (row, vocab)
            if not parts and not np.allclose(logits[-1], last, rtol=1e-3, atol=1e-2):
                raise NotShownError(
                    "How this model gets from its vectors to its logits is not known to this app: earlier tokens have "
                    "none."
                )
            foreseen = stack.ids[start + 1 : start + 1 + len(rows)]
            parts.append(distribution.token_scores(logits[: len(foreseen)], foreseen))
        parts.append(TokenScores(surprisal=np.full(1, np.nan), rank=np.zeros(1, dtype=np.int64)))
        return TokenScores(
            surprisal=np.concatenate([part.surprisal for part in reversed(parts)]),
            rank=np.concatenate([part.rank for part in reversed(parts)]),
        )

    key = ("scores", trace.model_name, trace.revision, trace.text, str(trace.target_text))
    return engine.call(work, key=key, n_bytes=lambda scores: scores.surprisal.nbytes + scores.rank.nbytes)


def value_norms(trace: Trace, attention: Attention) -> Float[np.ndarray, "layer head key"]:
    """Return the length of each key's value after the head's output matrix: |(x W_V + b_V) W_O|.

    Times the attention weight it is how much the key adds to a query's vector (Kobayashi et al. 2020, section 3).
    Raises NotShownError when the family does not say where values or output matrices are.
    """
    engine = default_engine()
    loaded = engine.loaded_for(trace)

    def lengths(layer: int) -> Float[np.ndarray, "head key"]:
        values, output = loaded.family.values_and_output(loaded.module, trace, attention, layer)
        matrices = output.float().reshape(attention.n_heads, -1, output.shape[1]).numpy()  # (head, d_head, d_model)
        # |v W|^2 = v (W W^T) v^T: no vector of d_model numbers is built for every head and key.
        turned = values.numpy() @ (matrices @ matrices.transpose(0, 2, 1))  # (head, key, d_head)
        norms: np.ndarray = np.sqrt(np.maximum((turned * values.numpy()).sum(axis=-1), 0.0))
        return norms

    return engine.call(lambda: np.stack([lengths(layer) for layer in range(attention.n_layers)]))
