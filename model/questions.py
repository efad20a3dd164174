"""What can be asked of a trace and of its model, beyond what the Trace holds: each question a function with types.

All go to the engine of this process by name, with plain data in and out, and every answer is remembered there.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from jaxtyping import Float

from headlight.model.admitting.facts import Source
from headlight.model.answers import (
    BlankJobs,
    Continuation,
    Neighbours,
    Replacement,
    Vocabulary,
    Window,
    WordSpace,
    WordVector,
)
from headlight.model.engine import default_engine
from headlight.model.reading.tokens import MAX_CHARACTERS, MAX_TOKENS, spell
from headlight.model.science.attention import HeadVectors
from headlight.model.science.distribution import TokenScores
from headlight.model.science.positions import Positions
from headlight.model.trace import Attention, Stack, StackName, Trace

TokenKind = Literal["text", "part", "mark"]


# Heads and positions


def head_vectors(trace: Trace, attention: Attention, layer: int, head: int) -> HeadVectors:
    """Return the query, key and value vectors of one head, as they enter the dot product.

    Raises NotShownError when the family does not say where they are, IndexError when there is no such head.
    """
    vectors: HeadVectors = default_engine().ask("head_vectors", trace.key, kind=attention.kind, layer=layer, head=head)
    return vectors


def value_norms(trace: Trace, attention: Attention) -> Float[np.ndarray, "layer head key"]:
    """Return the length of each key's value after the head's output matrix: |(x W_V + b_V) W_O|.

    Times the attention weight it is how much the key adds to a query's vector (Kobayashi et al. 2020, section 3).
    Raises NotShownError when the family does not say where values or output matrices are.
    """
    norms: np.ndarray = default_engine().ask("value_norms", trace.key, kind=attention.kind)
    return norms


def positions(trace: Trace, stack: StackName | None = None) -> Positions:
    """Return the model's own position scheme with its real numbers, of one stack; None: the first.

    Raises NotShownError when the model has none, or its family does not say which.
    """
    found: Positions = default_engine().ask("positions", trace.key, stack=stack or trace.stacks[0].name)
    return found


def embedding_scale(trace: Trace, stack: Stack) -> float | None:
    """Return what a row of the embedding matrix was multiplied by to become a token's vector: sqrt(d_model) in Marian
    (Vaswani et al. 2017, section 3.4), 1 in most models. None when the vector is no multiple of the row.
    """
    scale: float | None = default_engine().ask("embedding_scale", trace.key, stack=stack.name)
    return scale


# What was expected


def logits_at(trace: Trace, positions: Sequence[int]) -> Float[np.ndarray, "position vocab"]:
    """Return the logits that follow each of the given positions of the decoder (of the encoder, for a masked LM).

    Raises NotShownError when the model has no language-model head or this app cannot follow it, IndexError when a
    position is out of range.
    """
    logits: np.ndarray = default_engine().ask("logits_at", trace.key, positions=tuple(map(int, positions)))
    return logits


def token_scores(trace: Trace) -> TokenScores:
    """Return how well the model foresaw each token of the stack that predicts, from the logits before it.

    The first token has no score: nothing stands before it. Raises NotShownError when the model predicts no next
    token, or when its last hidden state does not lead to the logits it gave.
    """
    scores: TokenScores = default_engine().ask("token_scores", trace.key)
    return scores


def blank_logits(trace: Trace, place: int) -> Float[np.ndarray, " vocab"]:
    """Return the logits at a token's place when the mask token stands there and every other token is read.

    Raises NotShownError when the model fills in no blanks or the token was put there by the tokenizer, IndexError when
    there is no such place, ModelBrokenError when the numbers are none.
    """
    logits: np.ndarray = default_engine().ask("blank_logits", trace.key, place=place)
    return logits


def blank_scores(trace: Trace, progress: Callable[[float], None] = lambda share: None) -> TokenScores:
    """Return how well the model guesses each typed token when that one alone is hidden; no score for the others.

    The sum of their log-probabilities is the pseudo-log-likelihood of the text (Salazar et al. 2020, section 2.1). It
    is asked in parts that let others in between; `progress` is told which share is done. Raises as `blank_logits`
    does, and BusyError when a part waits past its deadline.
    """
    stack = trace.stacks[0]
    surprisal = np.full(len(stack.ids), np.nan)  # (token,)
    rank = np.zeros(len(stack.ids), dtype=np.int64)
    jobs = _blank_jobs(trace).places
    for n_done, places in enumerate(jobs):
        scores: TokenScores = default_engine().ask("blank_scores", trace.key, places=places)
        surprisal[list(places)], rank[list(places)] = scores.surprisal, scores.rank
        progress((n_done + 1) / len(jobs))
    return TokenScores(surprisal=surprisal, rank=rank)


def blank_scores_are_quick(trace: Trace) -> bool:
    """Return whether `blank_scores` is so little work that it may be asked by nobody."""
    return _blank_jobs(trace).quick


def _blank_jobs(trace: Trace) -> BlankJobs:
    jobs: BlankJobs = default_engine().ask("blank_jobs", trace.key)
    return jobs


# Tokens of the vocabulary


def pieces_of(trace: Trace, ids: Sequence[int]) -> tuple[bytes, ...]:
    """Return the bytes that tokens of the vocabulary stand for. Raises IndexError for an ID it does not have."""
    pieces = _vocabulary(trace).pieces
    wrong = [each for each in ids if not 0 <= each < len(pieces)]
    if wrong:
        raise IndexError(f"there is no token {wrong[0]}: the vocabulary has {len(pieces)} tokens")
    return tuple(pieces[each] for each in ids)


def names_of(trace: Trace, ids: Sequence[int]) -> tuple[str, ...]:
    """Return how tokens are named for a person, "##ing" where WordPiece tells the end of a word from a word "ing".

    Raises IndexError as `pieces_of` does.
    """
    endings = _vocabulary(trace).endings
    return tuple(
        (f"##{spell(piece)}" if token_id in endings else spell(piece)) or f"token {token_id}"
        for token_id, piece in zip(ids, pieces_of(trace, ids), strict=True)
    )


def kinds_of(trace: Trace, ids: Sequence[int]) -> tuple[TokenKind, ...]:
    """Return what tokens of the vocabulary are when written: text, a part of a character, or a mark.

    Raises IndexError as `pieces_of` does.
    """
    marks = _vocabulary(trace).marks

    def kind(token_id: int, piece: bytes) -> TokenKind:
        if token_id in marks or not piece:
            return "mark"
        return "part" if "\ufffd" in piece.decode(errors="replace") else "text"

    return tuple(map(kind, ids, pieces_of(trace, ids)))


def _vocabulary(trace: Trace) -> Vocabulary:
    # All of it at once: every page names some tokens, and what is not remembered waits behind others' forwards.
    vocabulary: Vocabulary = default_engine().ask("vocabulary", trace.key.model)
    return vocabulary


# Their vectors


def word_space(trace: Trace) -> WordSpace:
    """Return where the vectors of the model's vocabulary lie: a basis fitted once, and what lies along it."""
    space: WordSpace = default_engine().ask("word_space", trace.key.model)
    return space


def words(trace: Trace, words: Sequence[str]) -> tuple[WordVector, ...]:
    """Return each word as the model's tokenizer cuts it in the middle of a sentence, after a space, and its vector."""
    found: tuple[WordVector, ...] = default_engine().ask("words", trace.key.model, words=tuple(words))
    return found


def neighbours(
    trace: Trace, vector: Float[np.ndarray, " d_model"], n: int, *, without: Sequence[int] = ()
) -> Neighbours:
    """Return the `n` tokens of the vocabulary with the largest cosine to a vector, those in `without` left out.

    Raises NotShownError when the vector has no length.
    """
    found: Neighbours = default_engine().ask(
        "neighbours", trace.key.model, vector=vector, n=n, without=tuple(map(int, without))
    )
    return found


# Writing on


def continued(trace: Trace, token_id: int) -> Continuation:
    """Return what to write behind the text that the predicting stack read, to go on with a token.

    Raises NotShownError when the token is no text of its own (part of a character, or a mark such as the end of the
    text), IndexError when there is no such token.
    """
    found: Continuation = default_engine().ask("continued", trace.key, token_id=token_id)
    return found


def replaced(trace: Trace, place: int, token_id: int) -> Replacement:
    """Return the text of a one-stack trace with a token in place of the one at `place`; all else stays as typed.

    Raises NotShownError when the new token is no text of its own, or the old one cannot be found in the text or shares
    a character with its neighbours; IndexError when there is no such token.
    """
    found: Replacement = default_engine().ask("replaced", trace.key, place=place, token_id=token_id)
    return found


def last_that_fit(source: Source, text: str) -> Window:
    """Return the longest end of a text that the model reads whole: at most MAX_CHARACTERS, and tokens that fit.

    Raises what loading the model raises, and TextError when the text holds nothing to read.
    """
    engine = default_engine()
    facts = engine.facts(source)
    most = min(facts.context or MAX_TOKENS, MAX_TOKENS)
    if not text.strip() or len(text.encode()) + 8 <= most:  # a token is at least a byte; tokenizers add a few
        return Window(text=text, most=most)
    end = text[-MAX_CHARACTERS:]
    window: Window = engine.ask("window", facts.key, text=end, most=most)
    return replace(window, n_fallen_characters=len(text) - len(end))
