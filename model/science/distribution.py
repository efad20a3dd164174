"""From logits to a choice: temperature, top-k, top-p, entropy, a draw by lot, and how likely a text was.

The filters work in the order of transformers' `generate`: temperature, then top-k, then top-p on what top-k left.
Token IDs are places in the vocabulary. Among equal logits the lower ID comes first.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from headlight.model.science.attention import softmax

MOST_TEMPERATURE = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the next token is chosen. Raises ValueError when a number is out of its range (or is none)."""

    temperature: float = 1.0  # logits are divided by it; 0: only the likeliest token
    top_k: int = 0  # keep so many of the likeliest; 0: all
    top_p: float = 1.0  # keep the likeliest until they reach this probability; 1: all

    def __post_init__(self) -> None:
        if not 0 <= self.temperature <= MOST_TEMPERATURE:
            raise ValueError(f"temperature is {self.temperature}, not from 0 to {MOST_TEMPERATURE:g}")
        if self.top_k < 0:
            raise ValueError(f"top_k is {self.top_k}, not 0 or more")
        if not 0 <= self.top_p <= 1:
            raise ValueError(f"top_p is {self.top_p}, not from 0 to 1")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class NextToken:
    """Three probabilities for every token of the vocabulary, each adding to 1; what is kept begins `order`."""

    order: Int[np.ndarray, " vocab"]  # token IDs, the likeliest first
    own: Float[np.ndarray, " vocab"]  # the model's, by token ID
    tempered: Float[np.ndarray, " vocab"]
    filtered: Float[np.ndarray, " vocab"]  # 0 for what was dropped, the rest shared out anew
    n_after_top_k: int
    n_kept: int  # after top-p too

    @property
    def dropped(self) -> float:
        """How much tempered probability both filters took away."""
        return float(self.tempered[self.order[self.n_kept :]].sum())


def next_token(logits: Float[np.ndarray, " vocab"], settings: Settings) -> NextToken:
    """Return the model's own, the tempered and the filtered probabilities that logits stand for."""
    wide = logits.astype(np.float64)
    tempered = tempered_probabilities(wide, settings.temperature)
    by_top_k = top_k_kept(wide, settings.top_k) if settings.temperature > 0 else tempered > 0
    shared = np.where(by_top_k, tempered, 0) / tempered[by_top_k].sum()
    kept = by_top_k & top_p_kept(shared, wide, settings.top_p)
    return NextToken(
        order=likeliest_first(wide),
        own=softmax(wide),
        tempered=tempered,
        filtered=np.where(kept, tempered, 0) / tempered[kept].sum(),
        n_after_top_k=int(by_top_k.sum()),
        n_kept=int(kept.sum()),
    )


def likeliest_first(logits: Float[np.ndarray, " vocab"]) -> Int[np.ndarray, " vocab"]:
    """Return the token IDs from the largest logit to the smallest."""
    order: np.ndarray = np.argsort(-logits, kind="stable")
    return order


def likeliest(logits: Float[np.ndarray, " vocab"], n: int) -> Int[np.ndarray, " token"]:
    """Return the beginning of `likeliest_first`, at most n tokens, without sorting the vocabulary."""
    if n >= len(logits):
        return likeliest_first(logits)
    candidates = np.flatnonzero(logits >= np.partition(logits, -n)[-n])  # more than n where some are equal
    order: np.ndarray = candidates[likeliest_first(logits[candidates])][:n]
    return order


def tempered_probabilities(logits: Float[np.ndarray, " vocab"], temperature: float) -> Float[np.ndarray, " vocab"]:
    """Return softmax(logits / temperature); at temperature 0, its limit: the likeliest token has all."""
    if temperature == 0:
        return np.where(np.arange(len(logits)) == logits.argmax(), 1.0, 0.0)
    return softmax((logits - logits.max()) / temperature)  # taken off first: a tiny temperature would overflow


def top_k_kept(logits: Float[np.ndarray, " vocab"], k: int) -> Bool[np.ndarray, " vocab"]:
    """Return which tokens are among the k largest, all that equal the k-th included; k = 0 keeps all."""
    if k == 0 or k >= len(logits):
        return np.ones(len(logits), dtype=bool)
    smallest_kept = np.partition(logits, -k)[-k]
    kept: np.ndarray = logits >= smallest_kept
    return kept


def top_p_kept(
    probabilities: Float[np.ndarray, " vocab"], logits: Float[np.ndarray, " vocab"], p: float
) -> Bool[np.ndarray, " vocab"]:
    """Return the smallest set of likeliest tokens that together reach p; at least one (Holtzman et al. 2020, 3.1).

    The sum runs up from the unlikeliest, as in transformers, so that both draw the line at the same token.
    """
    if p == 1:
        return np.ones(len(logits), dtype=bool)
    upwards = likeliest_first(logits)[::-1]
    kept = np.empty(len(logits), dtype=bool)
    kept[upwards] = probabilities[upwards].cumsum() > 1 - p
    kept[upwards[-1]] = True
    return kept


def entropy_bits(probabilities: Float[np.ndarray, " vocab"]) -> float:
    """Return -sum(p log2 p), with 0 for p = 0: bits (Shannon 1948, section 6)."""
    some = probabilities[probabilities > 0]
    return float(-(some * np.log2(some)).sum()) + 0.0  # + 0.0: certainty is 0, not -0


def sample(chances: NextToken, number: float) -> int:
    """Return the token ID on which a number from 0 to 1 falls when the kept tokens lie end to end, likeliest first.

    Raises ValueError when the number is not at least 0 and below 1.
    """
    if not 0 <= number < 1:
        raise ValueError(f"the number is {number}, not at least 0 and below 1")
    kept = chances.order[: chances.n_kept]
    ends = chances.filtered[kept].cumsum()
    return int(kept[min(int(np.searchsorted(ends, number, side="right")), len(kept) - 1)])


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TokenScores:
    """How well each token of a text was foreseen by what stands before it."""

    surprisal: Float[np.ndarray, " token"]  # -log2 of its probability, bits; NaN where nothing stands before
    rank: Int[np.ndarray, " token"]  # 1: no token was likelier; 0 where nothing stands before

    @property
    def probability(self) -> Float[np.ndarray, " token"]:
        """The model's own probability of each token."""
        probability: np.ndarray = np.exp2(-self.surprisal)
        return probability

    @property
    def n_scored(self) -> int:
        """How many tokens have a probability."""
        return int((self.rank > 0).sum())

    @property
    def total_bits(self) -> float:
        """The surprisal of the whole: by the chain rule, the sum over its tokens."""
        return float(np.nansum(self.surprisal))

    @property
    def perplexity(self) -> float:
        """2 to the mean surprisal; NaN when no token has a probability."""
        return float(2 ** (self.total_bits / self.n_scored)) if self.n_scored else float("nan")


def token_scores(logits: Float[np.ndarray, "token vocab"], ids: Int[np.ndarray, " token"]) -> TokenScores:
    """Score tokens by the logits that each was foreseen with (row t: the logits before token t)."""
    chosen = logits[np.arange(len(ids)), ids]  # (token,)
    rank = 1 + np.count_nonzero(logits > chosen[:, None], axis=-1)
    largest = logits.max(axis=-1).astype(np.float64)
    shares = logits.astype(np.float64)  # (token, vocab), worked on in place: it is the largest array of the page
    shares -= largest[:, None]
    np.exp(shares, out=shares)
    log_sums = largest + np.log(shares.sum(axis=-1))
    return TokenScores(surprisal=np.maximum(log_sums - chosen, 0) / np.log(2), rank=rank)
