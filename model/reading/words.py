"""Which tokens make up a word."""

from collections.abc import Sequence

from headlight.model.trace import Stack

# Scripts written without spaces: each token is left a word of its own.
_UNSPACED = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x30FF), (0x3400, 0x9FFF), (0xF900, 0xFAFF))
_UNSPACED_FROM = 0x20000


def word_numbers(stack: Stack, text: str) -> tuple[int, ...]:
    """Return for each token the number of the word it belongs to, counted from 0.

    A word ends at white space, at a sign that is no letter or digit, and at a special token. Tokens that share one
    character always belong together. `text` is what the stack read.
    """
    numbers = [0] * len(stack.tokens)
    for i in range(1, len(numbers)):
        numbers[i] = numbers[i - 1] + _begins_word(stack, text, i)
    return tuple(numbers)


def _begins_word(stack: Stack, text: str, i: int) -> bool:
    (start, end), (next_start, next_end) = stack.offsets[i - 1], stack.offsets[i]
    if stack.special[i - 1] or stack.special[i]:
        return True
    if next_start < end or stack.pieces[i - 1].isspace():  # bytes of one character; a space leads into what follows
        return False
    if next_start > end or stack.pieces[i][:1].isspace() or stack.pieces[i - 1][-1:].isspace():
        return True
    return any(_stands_alone(text[a:b]) for a, b in ((start, end), (next_start, next_end)))


def _stands_alone(piece: Sequence[str]) -> bool:
    return not any(character.isalnum() for character in piece) or any(
        ord(character) >= _UNSPACED_FROM or any(low <= ord(character) <= high for low, high in _UNSPACED)
        for character in piece
    )
