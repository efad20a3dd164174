"""Two old ways to foresee a token, to compare with: how frequent it is, and what followed the same few tokens before.

Counts are taken from the training text, read once from beginning to end; only n-grams that the held-out text has are
counted, so that the memory needed does not grow with the training text.
"""

from collections.abc import Iterable

import numpy as np
from jaxtyping import Float, Int, Integer

from headlight.model.training.prediction import Foreseen, HeldOut

ORDER = 5
STRENGTHS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
Ids = Integer[np.ndarray, " token"]


class Counts:
    """How often each n-gram of some texts, of 1 to ORDER tokens, stands in the training text."""

    def __init__(self, texts: list[Ids], vocab_size: int) -> None:
        self.vocab_size = vocab_size
        self.n_tokens = 0
        self.known: list[Int[np.ndarray, " ngram"]] = []  # the keys of each order from 2 on, sorted
        self.counts: list[Int[np.ndarray, " ngram"]] = [np.zeros(vocab_size, dtype=np.int64)]
        places = [text.astype(np.int64) for text in texts]
        for order in range(ORDER - 1):
            keys = [self._keys(place, text) for place, text in zip(places, texts, strict=True)]
            different = np.unique(np.concatenate(keys))
            self.known.append(different[different >= 0])
            self.counts.append(np.zeros(len(self.known[order]), dtype=np.int64))
            places = [self._find(order, key) for key in keys]

    def add(self, ids: Ids) -> None:
        """Count a document of the training text."""
        self.n_tokens += len(ids)
        for counts, places in zip(self.counts, self.places(ids), strict=True):
            np.add.at(counts, places[places >= 0], 1)

    def places(self, ids: Ids) -> list[Int[np.ndarray, " token"]]:
        """Return for each order where the n-gram that ends at each token stands in its table; -1: it is not known."""
        found = [ids.astype(np.int64)]
        for order in range(ORDER - 1):
            found.append(self._find(order, self._keys(found[-1], ids)))
        return found

    def _keys(self, places: Int[np.ndarray, " token"], ids: Ids) -> Int[np.ndarray, " token"]:
        """Return one number for the n-gram that ends at each token: the one before it, and the token; -1: none."""
        before = np.concatenate([[-1], places[:-1]])
        return np.where(before >= 0, before * self.vocab_size + ids, -1)

    def _find(self, order: int, keys: Int[np.ndarray, " token"]) -> Int[np.ndarray, " token"]:
        known = self.known[order]
        if not len(known):
            return np.full(len(keys), -1)
        places = np.minimum(np.searchsorted(known, keys), len(known) - 1)
        return np.where((keys >= 0) & (known[places] == keys), places, -1)


def count(documents: Iterable[Ids], texts: list[HeldOut], vocab_size: int) -> Counts:
    """Read the training text once; return the counts of the held-out texts' n-grams."""
    counts = Counts([text.ids for text in texts], vocab_size)
    for document in documents:
        counts.add(document)
    return counts


def unigram(counts: Counts, texts: list[HeldOut]) -> list[Foreseen]:
    """Give every token its share of the training text, one added to every count."""
    share = (counts.counts[0] + 1) / (counts.n_tokens + counts.vocab_size)
    rank_of = np.empty(counts.vocab_size, dtype=np.int64)
    rank_of[np.argsort(-share, kind="stable")] = np.arange(counts.vocab_size)
    asked = [text.ids[text.asked] for text in texts]
    return [Foreseen(nats=-np.log(share[ids]), rank=rank_of[ids]) for ids in asked]


def interpolated(counts: Counts, texts: list[HeldOut]) -> list[Foreseen]:
    """Mix the shares of 1 to ORDER tokens: p = (count + s * p of the shorter) / (count of what came before + s).

    That is a Dirichlet prior (MacKay and Peto 1995). The strength s of each order is the best of STRENGTHS on the
    held-out text itself, which favours this baseline a little.
    """
    shares = [(counts.counts[0][text.ids] + 1) / (counts.n_tokens + counts.vocab_size) for text in texts]
    places = [counts.places(text.ids) for text in texts]
    for order in range(1, ORDER):
        tried = [_longer(counts, places, shares, order, strength) for strength in STRENGTHS]
        shares = min(tried, key=lambda mixed: _nats(mixed, texts))
    return [Foreseen(nats=-np.log(share[text.asked]), rank=None) for share, text in zip(shares, texts, strict=True)]


def _longer(
    counts: Counts,
    places: list[list[Int[np.ndarray, " token"]]],
    shares: list[Float[np.ndarray, " token"]],
    order: int,
    strength: float,
) -> list[Float[np.ndarray, " token"]]:
    mixed = []
    for place, share in zip(places, shares, strict=True):
        before = np.concatenate([[-1], place[order - 1][:-1]])
        seen_before = _of(counts.counts[order - 1], before)
        seen = _of(counts.counts[order], place[order])
        mixed.append((seen + strength * share) / (seen_before + strength))
    return mixed


def _of(counts: Int[np.ndarray, " ngram"], places: Int[np.ndarray, " token"]) -> Int[np.ndarray, " token"]:
    """Return the counts at some places; 0 where the place is -1."""
    found = np.zeros(len(places), dtype=np.int64)
    found[places >= 0] = counts[places[places >= 0]]
    return found


def _nats(shares: list[Float[np.ndarray, " token"]], texts: list[HeldOut]) -> float:
    return float(sum(-np.log(share[text.asked]).sum() for share, text in zip(shares, texts, strict=True)))
