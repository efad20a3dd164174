"""Filling in a blank: what a masked language model expects in place of a token that it cannot see.

Such a model learned to guess tokens that its mask token had replaced (Devlin et al. 2019, section 3.1). What it holds
at every position depends on what is hidden, so each question is a forward pass of its own over the same tokens.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from headlight.model.admitting.facts import NO_MASK
from headlight.model.admitting.loading import LoadedModel
from headlight.model.answers import BlankJobs
from headlight.model.errors import ModelBrokenError, NotShownError
from headlight.model.reading.load_check import NO_NUMBERS
from headlight.model.reading.tokens import spell
from headlight.model.science import distribution
from headlight.model.science.distribution import TokenScores
from headlight.model.trace import Stack, Trace

# Of one job on the engine's thread when every token is hidden in turn: a tenth of a second, then others have a turn.
OPERATIONS_AT_ONCE = 4e9
COPIES_AT_ONCE = 32
QUICK_OPERATIONS = 5e8  # of all jobs together: so little that a whole class may ask for it with every sentence


def blank_logits(loaded: LoadedModel, trace: Trace, *, place: int) -> Float[np.ndarray, " vocab"]:
    """Return the logits at a token's place when the mask token stands there and every other token is read.

    Raises NotShownError when the model fills in no blanks or the token was put there by the tokenizer, IndexError when
    there is no such place, ModelBrokenError when the numbers are none.
    """
    _check_fills_in(loaded)
    stack = trace.stacks[0]
    if not 0 <= place < len(stack.ids):
        raise IndexError(f"there is no token {place}: the text has {len(stack.ids)} tokens")
    if stack.special[place]:
        raise NotShownError(
            f"{spell(stack.pieces[place])} was not typed: the tokenizer put it there. Hide another one."
        )
    logits: np.ndarray = _logits(loaded, stack.ids, [place])[0]
    return logits


def blank_jobs(loaded: LoadedModel, trace: Trace) -> BlankJobs:
    """Return how the typed tokens are hidden in turn: jobs of a bounded size, each one question, that let others in.

    Raises NotShownError when the model fills in no blanks.
    """
    _check_fills_in(loaded)
    stack = trace.stacks[0]
    operations = _operations(loaded, stack)
    n_copies = max(1, min(COPIES_AT_ONCE, int(OPERATIONS_AT_ONCE // operations)))
    places = np.flatnonzero(~stack.special).tolist()
    return BlankJobs(
        places=tuple(tuple(places[first : first + n_copies]) for first in range(0, len(places), n_copies)),
        quick=operations * len(places) <= QUICK_OPERATIONS,
    )


def blank_scores(loaded: LoadedModel, trace: Trace, *, places: tuple[int, ...]) -> TokenScores:
    """Return how well the model guesses the token at each place when that one alone is hidden.

    One masked copy of the text is read for each place. Raises NotShownError when the model fills in no blanks,
    ModelBrokenError when the numbers are none.
    """
    _check_fills_in(loaded)
    ids = trace.stacks[0].ids
    return distribution.token_scores(_logits(loaded, ids, places), ids[list(places)])


def _check_fills_in(loaded: LoadedModel) -> None:
    if loaded.facts.mask is None:
        other = "This model fills in no blanks: it was not made to guess a hidden token."
        raise NotShownError(NO_MASK if NO_MASK in loaded.facts.cannot_show else other)


def _operations(loaded: LoadedModel, stack: Stack) -> int:
    """Return about how many operations one copy costs: each weight is used twice a token, to multiply and to add."""
    facts = loaded.facts
    weights = facts.n_parameters - facts.vocab_size * facts.d_model  # the embeddings are looked up, not multiplied
    return 2 * max(1, weights) * len(stack.ids)


def _logits(
    loaded: LoadedModel, ids: Int[np.ndarray, " token"], places: Sequence[int]
) -> Float[np.ndarray, "copy vocab"]:
    """Read one copy of the tokens for each place, with the mask token there, and return the logits at that place."""
    rows = torch.arange(len(places))
    hidden = torch.tensor(list(places))
    copies = torch.from_numpy(ids.copy()).repeat(len(places), 1)  # (copy, token)
    copies[rows, hidden] = loaded.tokenizer.mask_token_id
    narrowed = []

    def narrow(body: Any, arguments: Any, output: Any) -> Any:
        """Leave the head one position a copy: a vocabulary wide, the others would take the most time and memory."""
        if "last_hidden_state" in output:
            narrowed.append(True)
            output["last_hidden_state"] = output["last_hidden_state"][rows, hidden][:, None]  # (copy, 1, d_model)
        return output

    hook = loaded.module.base_model.register_forward_hook(narrow)
    try:
        found: Tensor = loaded.module(input_ids=copies, return_dict=True).logits  # (copy, 1 or token, vocab)
    except Exception as error:
        raise ModelBrokenError("This model cannot read this text. Try a shorter one, or another model.") from error
    finally:
        hook.remove()
    chosen: np.ndarray = (found[:, 0] if narrowed else found[rows, hidden]).numpy().astype(np.float32)
    if not np.isfinite(chosen).all():
        raise ModelBrokenError(NO_NUMBERS)
    return chosen
