"""What a model expected at each token of a trace: logits, and how well it foresaw what came."""

import numpy as np
from jaxtyping import Float

from headlight.model.admitting.facts import NO_LOGITS_OF_EACH
from headlight.model.admitting.loading import LoadedModel
from headlight.model.errors import NotShownError
from headlight.model.families.base import hidden
from headlight.model.science import distribution
from headlight.model.science.distribution import TokenScores
from headlight.model.trace import Trace

ROWS_AT_ONCE = 32  # of logits: a vocabulary wide, so a long text is taken in parts


def logits_at(loaded: LoadedModel, trace: Trace, *, positions: tuple[int, ...]) -> Float[np.ndarray, "position vocab"]:
    """Return the logits that follow each of the given positions of the decoder (of the encoder, for a masked LM).

    Raises NotShownError when the model has no language-model head or this app cannot follow it, IndexError when a
    position is out of range.
    """
    if NO_LOGITS_OF_EACH in loaded.facts.cannot_show:
        raise NotShownError(NO_LOGITS_OF_EACH)
    stack = trace.stacks[-1]
    rows = [range(len(stack.tokens))[position] for position in positions]
    states = hidden(trace, stack.name, -1)[rows]  # (position, d_model)
    return np.asarray(loaded.family.logits(loaded.module, states), dtype=np.float32)


def token_scores(loaded: LoadedModel, trace: Trace) -> TokenScores:
    """Return how well the model foresaw each token of the stack that predicts, from the logits before it.

    The first token has no score: nothing stands before it. Raises NotShownError when the model predicts no next
    token, or when its last hidden state does not lead to the logits it gave.
    """
    stack = trace.stacks[-1]
    if trace.logits is None:
        raise NotShownError("This model predicts no next token, so the tokens of the sentence have no probability.")
    states = hidden(trace, stack.name, -1)  # (token, d_model)
    parts: list[TokenScores] = []
    for start in reversed(range(0, len(stack.ids), ROWS_AT_ONCE)):  # the end first: it shows whether they fit
        rows = states[start : start + ROWS_AT_ONCE]
        logits = np.asarray(loaded.family.logits(loaded.module, rows), dtype=np.float32)  # (row, vocab)
        if not parts and not np.allclose(logits[-1], trace.logits, rtol=1e-3, atol=1e-2):
            raise NotShownError(
                "How this model gets from its vectors to its logits is not known to this app: earlier tokens have none."
            )
        foreseen = stack.ids[start + 1 : start + 1 + len(rows)]
        parts.append(distribution.token_scores(logits[: len(foreseen)], foreseen))
    parts.append(TokenScores(surprisal=np.full(1, np.nan), rank=np.zeros(1, dtype=np.int64)))
    return TokenScores(
        surprisal=np.concatenate([part.surprisal for part in reversed(parts)]),
        rank=np.concatenate([part.rank for part in reversed(parts)]),
    )
