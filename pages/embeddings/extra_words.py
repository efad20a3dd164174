"""The extra words of the Embeddings page: what was typed in the box, as vectors of the chosen model."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from headlight.model import questions
from headlight.model.reading.tokens import clean, label, spell
from headlight.model.trace import Trace

MOST_WORDS = 24
LONGEST_WORD = 40  # characters
SIGNS = {"+": 1.0, "-": -1.0, "−": -1.0, "–": -1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A word with the sign it enters a sum with."""

    word: str
    sign: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ExtraWord:
    """A word, or a sum of words, to compare with the sentence."""

    name: str  # plain text
    vector: Float[np.ndarray, " d_model"]
    ids: tuple[int, ...]  # of all tokens in it
    pieces: tuple[str, ...]  # of a word: what the tokenizer cuts it into
    is_sum: bool


def parse(text: str) -> tuple[tuple[tuple[Term, ...], ...], int]:
    """Return what was typed, and how many words were left out: "king queen king - man" is two words and a sum.

    A word is one term; words joined by + or - make a sum. Each stands once, in the order typed.
    """
    parts = clean(text)[0].replace(",", " ").split()
    terms: list[list[Term]] = []
    sign: float | None = None  # what stood just before, when that was a sign
    n_left_out = 0
    for part in parts:
        if part in SIGNS:
            sign = SIGNS[part]
        elif sum(map(len, terms)) == MOST_WORDS:
            n_left_out += 1
        else:
            term = Term(word=part[:LONGEST_WORD], sign=sign or 1.0)
            if sign is not None and terms:
                terms[-1].append(term)
            else:
                terms.append([term])
            sign = None
    words = [(Term(word=term.word, sign=1.0),) for each in terms for term in each]
    sums = [tuple(each) for each in terms if len(each) > 1]
    return tuple(dict.fromkeys([*words, *sums])), n_left_out


def look_up(trace: Trace, asked: Sequence[tuple[Term, ...]]) -> list[ExtraWord]:
    """Return the vectors of words and sums. A word of several tokens gets the mean of their vectors."""
    if not asked:
        return []
    words = list(dict.fromkeys(term.word for each in asked for term in each))
    found = dict(zip(words, questions.words(trace, words), strict=True))
    known = {word: each.vector for word, each in found.items() if each.ids}
    ids = {word: each.ids for word, each in found.items()}
    all_ids = sorted({token_id for each in ids.values() for token_id in each})
    pieces = dict(zip(all_ids, map(label, questions.pieces_of(trace, all_ids)), strict=True))
    extra = []
    for terms in asked:
        if any(term.word not in known for term in terms):
            continue  # the tokenizer reads nothing in it
        token_ids = tuple(token_id for term in terms for token_id in ids[term.word])
        extra.append(
            ExtraWord(
                name=_name(terms),
                vector=np.array([term.sign * known[term.word] for term in terms]).sum(axis=0, dtype=np.float32),
                ids=token_ids,
                pieces=tuple(pieces[token_id] for token_id in token_ids) if len(terms) == 1 else (),
                is_sum=len(terms) > 1,
            )
        )
    return extra


def _name(terms: tuple[Term, ...]) -> str:
    signs = ("+" if term.sign > 0 else "−" for term in terms)
    spelled = " ".join(f"{sign} {spell(term.word.encode())}" for sign, term in zip(signs, terms, strict=True))
    return spelled.removeprefix("+ ")
