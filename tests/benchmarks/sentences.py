"""Sentences of exactly 32 tokens of the bundled decoder, no two alike."""

import random
import re
from collections.abc import Iterator, Sequence

from tests.inside import loaded

N_TOKENS = 32  # with the one that the tokenizer puts in front


def words(avoid: str = "") -> list[str]:
    """Return the words that are one token each, leaving out those that `avoid` contains."""
    tokenizer = loaded("headlight-decoder").tokenizer
    whole = [piece.removeprefix("Ġ") for piece in sorted(tokenizer.get_vocab()) if re.fullmatch("Ġ[a-z]{5,}", piece)]
    return [word for word in whole if word not in avoid]


def sentences(pool: Sequence[str], seed: int) -> Iterator[str]:
    """Yield sentences of 32 tokens until the pool is used up: no word occurs in two of them."""
    shuffled = random.Random(seed).sample(list(pool), len(pool))
    for start in range(0, len(shuffled) - N_TOKENS + 2, N_TOKENS - 1):
        # A space in front, so that the first word too is the token that was chosen.
        yield " " + " ".join(shuffled[start : start + N_TOKENS - 1])
