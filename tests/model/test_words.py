"""Which tokens make up a word, for the tokenizers that spell words differently."""

import numpy as np
import pytest

from headlight.model.reading.tokens import label
from headlight.model.reading.words import word_numbers
from headlight.model.run import run
from headlight.model.trace import Stack


def stack(pieces: list[bytes], offsets: list[tuple[int, int]], special: list[bool] | None = None) -> Stack:
    n = len(pieces)
    return Stack(
        name="encoder",
        tokens=tuple(piece.decode(errors="replace") for piece in pieces),
        pieces=tuple(pieces),
        ids=np.arange(n),
        offsets=tuple(offsets),
        special=np.array(special or [False] * n),
        token_embeddings=np.zeros((n, 3)),
        position_embeddings=None,
        type_embeddings=None,
        position_scheme="none",
        hidden_states=np.zeros((2, n, 3)),
    )


def test_byte_level_pieces_join_up_to_the_next_space() -> None:
    made = stack([b"un", b"believ", b"able", b" token", b"ization"], [(0, 2), (2, 8), (8, 12), (13, 18), (18, 25)])
    assert word_numbers(made, "unbelievable tokenization") == (0, 0, 0, 1, 1)


def test_word_pieces_and_special_tokens() -> None:
    made = stack(
        [b"[CLS]", b"token", b"ization", b".", b"[SEP]"],
        [(0, 0), (0, 5), (5, 12), (12, 13), (0, 0)],
        [True, False, False, False, True],
    )
    assert word_numbers(made, "tokenization.") == (0, 1, 1, 2, 3)


def test_the_bytes_of_one_character_stay_together() -> None:
    made = stack([b"a", b" \xf0\x9f", b"\x8f\xa6", b" b"], [(0, 1), (1, 3), (2, 3), (4, 5)])
    assert word_numbers(made, "a 🏦 b") == (0, 1, 1, 2)


def test_scripts_without_spaces_keep_their_tokens() -> None:
    made = stack(["学生".encode(), "读".encode(), "书".encode()], [(0, 2), (2, 3), (3, 4)])
    assert word_numbers(made, "学生读书") == (0, 1, 2)


@pytest.mark.parametrize("text", ["The teacher taught the students", "unbelievable tokenization of café 🏦!"])
def test_words_of_the_bundled_tokenizer_are_the_words_of_the_text(text: str) -> None:
    trace = run("headlight-decoder", text)
    numbers = word_numbers(trace.stacks[0], text)
    words: dict[int, bytes] = {}
    for number, piece in zip(numbers[1:], trace.stacks[0].pieces[1:], strict=True):
        words[number] = words.get(number, b"") + piece
    assert [word.decode().strip() for word in words.values()] == text.replace("!", " !").split()
    assert label(trace.stacks[0].pieces[0]) == "<|endoftext|>"
