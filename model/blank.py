"""Filling in a blank: what a masked language model expects in place of a token that it cannot see.

Such a model learned to guess tokens that its mask token had replaced (Devlin et al. 2019, section 3.1). What it holds
at every position depends on what is hidden, so each question is a forward pass of its own over the same tokens.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from headlight.model.admitting.loading import NO_MASK, LoadedModel
from headlight.model.engine import default_engine
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


def logits(trace: Trace, place: int) -> Float[np.ndarray, " vocab"]:
    """Return the logits at a token's place when the mask token stands there and every other token is read.

    Raises NotShownError when the model fills in no blanks or the token was put there by the tokenizer, IndexError when
    there is no such place, ModelBrokenError when the numbers are none.
    """
    loaded = _filling(trace)
    stack = trace.stacks[0]
    if not 0 <= place < len(stack.ids):
        raise IndexError(f"there is no token {place}: the text has {len(stack.ids)} tokens")
    if stack.special[place]:
        raise NotShownError(
            f"{spell(stack.pieces[place])} was not typed: the tokenizer put it there. Hide another one."
        )

    def work() -> Float[np.ndarray, " vocab"]:
        found: np.ndarray = _logits(loaded, stack.ids, [place])[0]
        found.setflags(write=False)
        return found

    key = ("blank", trace.model_name, trace.revision, trace.text, str(place))
    return default_engine().call(work, key=key, n_bytes=lambda found: found.nbytes)


def token_scores(trace: Trace, progress: Callable[[float], None] = lambda share: None) -> TokenScores:
    """Return how well the model guesses each typed token when that one alone is hidden; no score for the others.

    The sum of their log-probabilities is the pseudo-log-likelihood of the text (Salazar et al. 2020, section 2.1). One
    masked copy of the text is read for each token, in jobs of a bounded size that let others in between; `progress` is
    told which share is done. Raises as `logits` does, and BusyError when a job waits past its deadline.
    """
    loaded = _filling(trace)
    stack = trace.stacks[0]
    surprisal = np.full(len(stack.ids), np.nan)  # (token,)
    rank = np.zeros(len(stack.ids), dtype=np.int64)
    jobs = _jobs(loaded, stack)

    def work(places: Sequence[int]) -> TokenScores:
        return distribution.token_scores(_logits(loaded, stack.ids, places), stack.ids[list(places)])

    for n_done, places in enumerate(jobs):
        key = ("blank-scores", trace.model_name, trace.revision, trace.text, str(places[0]))
        scores = default_engine().call(
            lambda places=places: work(places),  # type: ignore[misc]
            key=key,
            n_bytes=lambda scores: scores.surprisal.nbytes + scores.rank.nbytes,
        )
        surprisal[list(places)], rank[list(places)] = scores.surprisal, scores.rank
        progress((n_done + 1) / len(jobs))
    return TokenScores(surprisal=surprisal, rank=rank)


def is_quick(trace: Trace) -> bool:
    """Return whether `token_scores` is so little work that it may be done unasked."""
    stack = trace.stacks[0]
    return _operations(_filling(trace), stack) * int((~stack.special).sum()) <= QUICK_OPERATIONS


def names_of(trace: Trace, ids: Sequence[int]) -> tuple[str, ...]:
    """Return how tokens are named for a person, "##ing" where WordPiece tells the end of a word from a word "ing"."""
    engine = default_engine()
    loaded = engine.loaded_for(trace)

    def work() -> tuple[str, ...]:
        tokens = loaded.tokenizer.convert_ids_to_tokens(list(ids))
        return tuple(_name(loaded, token) or f"token {token_id}" for token_id, token in zip(ids, tokens, strict=True))

    return engine.call(work)


def _name(loaded: LoadedModel, token: str | None) -> str:
    piece = b"" if token is None else loaded.spell_token(token)
    goes_on = token is not None and token.startswith("##") and piece == token.removeprefix("##").encode()
    return f"##{spell(piece)}" if goes_on else spell(piece)


def _filling(trace: Trace) -> LoadedModel:
    loaded = default_engine().loaded_for(trace)
    if loaded.facts.mask is None:
        other = "This model fills in no blanks: it was not made to guess a hidden token."
        raise NotShownError(NO_MASK if NO_MASK in loaded.facts.cannot_show else other)
    return loaded


def _jobs(loaded: LoadedModel, stack: Stack) -> list[tuple[int, ...]]:
    """Return the places of the typed tokens in groups that are hidden in the copies of one job."""
    n_copies = max(1, min(COPIES_AT_ONCE, int(OPERATIONS_AT_ONCE // _operations(loaded, stack))))
    places = np.flatnonzero(~stack.special).tolist()
    return [tuple(places[first : first + n_copies]) for first in range(0, len(places), n_copies)]


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
