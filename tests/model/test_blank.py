"""What a masked language model puts into a blank: transformers' own numbers, and text that stays as it was typed."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import PreTrainedTokenizerFast

from headlight.model import questions
from headlight.model.admitting.facts import NO_MASK
from headlight.model.answers import Replacement
from headlight.model.engine.answers import blanks
from headlight.model.errors import ModelBrokenError, NotShownError
from headlight.model.run import run
from headlight.model.science.distribution import likeliest_first
from headlight.model.trace import Trace
from tests.inside import loaded, local_engine
from tests.model.conftest import ENCODERS, Subject, subject
from tests.tiny import word_piece

Tiny = Callable[[str], Path]

TEXT = "The Teacher  taught the CAFÉ, zanily"

masked_lm = subject(tuple(kind for kind in ENCODERS if kind != "bert-body"))


def typed(trace: Trace) -> list[int]:
    return [int(place) for place in np.flatnonzero(~trace.stacks[0].special)]


def by_hand(model: Subject, trace: Trace, place: int) -> torch.Tensor:
    """Return transformers' logits at a place when the mask's ID stands there."""
    ids = trace.stacks[0].ids.copy()
    ids[place] = model.loaded.tokenizer.mask_token_id
    logits: torch.Tensor = model.forward(ids).logits[0, place]
    return logits


def test_the_logits_are_those_of_transformers_with_the_mask_put_in_by_hand(masked_lm: Subject) -> None:
    trace = masked_lm.run(TEXT)
    for place in typed(trace):
        ours = questions.blank_logits(trace, place)
        assert ours.shape == (masked_lm.facts.vocab_size,)
        np.testing.assert_allclose(ours, by_hand(masked_lm, trace, place), rtol=1e-4, atol=1e-4)


def test_what_is_hidden_is_not_read(masked_lm: Subject) -> None:
    here, there = masked_lm.run("the students read"), masked_lm.run("the teacher read")
    (place,) = np.flatnonzero(here.stacks[0].ids != there.stacks[0].ids)  # all else is the same
    np.testing.assert_allclose(
        questions.blank_logits(here, int(place)), questions.blank_logits(there, int(place)), rtol=1e-5, atol=1e-5
    )
    other = typed(here)[0]
    assert not np.allclose(questions.blank_logits(here, other), questions.blank_logits(there, other), atol=1e-3)


def test_the_scores_are_those_of_each_token_hidden_alone(masked_lm: Subject) -> None:
    trace = masked_lm.run(TEXT)
    ids = trace.stacks[0].ids
    scores = questions.blank_scores(trace)
    assert scores.n_scored == len(typed(trace))
    for place, special in enumerate(trace.stacks[0].special):
        if special:
            assert np.isnan(scores.surprisal[place])
            assert scores.rank[place] == 0
            continue
        logits = by_hand(masked_lm, trace, place).double()
        expected = -torch.log_softmax(logits, dim=-1)[int(ids[place])] / np.log(2)
        np.testing.assert_allclose(scores.surprisal[place], expected, rtol=1e-4, atol=1e-4)
        assert scores.rank[place] == 1 + int((logits > logits[int(ids[place])]).sum())


def test_several_small_jobs_give_the_same_scores(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = str(tiny("bert"))
    whole = questions.blank_scores(run(folder, "the queen and a king"))
    trace = run(folder, "The queen and a KING")  # the same tokens, and nothing of it is in memory
    np.testing.assert_array_equal(trace.stacks[0].ids, run(folder, "the queen and a king").stacks[0].ids)
    monkeypatch.setattr(blanks, "OPERATIONS_AT_ONCE", 1)
    shares: list[float] = []
    parts = questions.blank_scores(trace, shares.append)
    n_typed = len(typed(trace))
    assert shares == [n / n_typed for n in range(1, n_typed + 1)]
    np.testing.assert_allclose(parts.surprisal, whole.surprisal, rtol=1e-5)
    np.testing.assert_array_equal(parts.rank, whole.rank)


def test_only_little_work_is_done_unasked(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    trace = run(str(tiny("bert")), "the queen and a king")
    assert questions.blank_scores_are_quick(trace)
    monkeypatch.setattr(blanks, "QUICK_OPERATIONS", 1e3)
    trace = run(str(tiny("bert")), "the queen and a King")  # of which nothing is in memory
    assert not questions.blank_scores_are_quick(trace)


def test_a_second_question_is_answered_from_memory(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    trace = run(str(tiny("bert")), "a woman and a man")
    first, scores = questions.blank_logits(trace, 2), questions.blank_scores(trace)
    assert not first.flags.writeable
    monkeypatch.setattr(local_engine()._forwards, "submit", None)
    assert questions.blank_logits(trace, 2) is first
    np.testing.assert_array_equal(questions.blank_scores(trace).rank, scores.rank)


def test_a_mask_token_that_is_typed_is_ordinary_text(masked_lm: Subject) -> None:
    mask = masked_lm.facts.mask
    assert mask is not None
    trace = masked_lm.run(f"the {mask} book")
    assert masked_lm.loaded.tokenizer.mask_token_id not in trace.stacks[0].ids
    assert len(typed(trace)) > 3


def test_a_token_of_the_tokenizer_cannot_be_hidden(tiny: Tiny) -> None:
    trace = run(str(tiny("bert")), "the")
    assert typed(trace) == [1]
    assert questions.blank_logits(trace, 1).ndim == 1
    for place in (0, 2):
        with pytest.raises(NotShownError, match="was not typed: the tokenizer put it there"):
            questions.blank_logits(trace, place)
    for place in (-1, 3):
        with pytest.raises(IndexError):
            questions.blank_logits(trace, place)


@pytest.mark.parametrize("kind", ["bert-body", "gpt2", "t5"])
def test_a_model_that_fills_in_no_blanks_says_so(tiny: Tiny, kind: str) -> None:
    trace = run(str(tiny(kind)), "the book", "the")
    assert loaded(trace).facts.mask is None
    for ask in (
        lambda: questions.blank_logits(trace, 1),
        lambda: questions.blank_scores(trace),
        lambda: questions.blank_scores_are_quick(trace),
    ):
        with pytest.raises(NotShownError, match="fills in no blanks"):
            ask()


def test_a_tokenizer_without_a_mask_token_is_said(tiny: Tiny, tmp_path: Path) -> None:
    folder = tmp_path / "maskless"
    shutil.copytree(tiny("bert"), folder)
    for each in ("tokenizer.json", "tokenizer_config.json"):
        (folder / each).unlink()
    without = PreTrainedTokenizerFast(tokenizer_object=word_piece(), unk_token="[UNK]")  # type: ignore[no-untyped-call]
    without.save_pretrained(folder)
    trace = run(str(folder), "the book")
    assert loaded(trace).facts.cannot_show == (NO_MASK,)
    with pytest.raises(NotShownError, match="no mask token"):
        questions.blank_logits(trace, 1)


def test_numbers_that_are_none_are_refused(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    trace = run(str(tiny("bert")), "the king")
    module = loaded(trace).module

    def broken(*arguments: Any, **options: Any) -> Any:
        output = type(module).forward(module, *arguments, **options)
        output.logits[:] = torch.nan
        return output

    monkeypatch.setattr(module, "forward", broken)
    with pytest.raises(ModelBrokenError):
        questions.blank_logits(trace, 2)


@pytest.mark.parametrize("text", [TEXT, "a book.", "don't read THE book", "zanily"])
def test_a_token_is_exchanged_and_the_rest_stays_as_typed(masked_lm: Subject, text: str) -> None:
    trace = masked_lm.run(text)
    stack = trace.stacks[0]
    n_exact = 0
    whole = [place for place in typed(trace) if stack.offsets.count(stack.offsets[place]) == 1]  # no part of a letter
    for place in whole:
        start, end = stack.offsets[place]
        ids = likeliest_first(questions.blank_logits(trace, place))[:12].tolist()
        for token_id, kind in zip(ids, questions.kinds_of(trace, ids), strict=True):
            if kind != "text":
                continue
            new = questions.replaced(trace, place, token_id)
            assert new.text.startswith(text[:start].rstrip())
            assert new.text.endswith(text[end:].lstrip())
            if not new.recut:
                wanted = stack.ids.copy()
                wanted[place] = token_id
                np.testing.assert_array_equal(masked_lm.run(new.text).stacks[0].ids, wanted)
                n_exact += 1
    assert n_exact > 0


def names(trace: Trace) -> list[str]:
    """Return the names of the whole vocabulary, by ID."""
    return list(questions.names_of(trace, range(loaded(trace).facts.vocab_size)))


def test_a_word_is_exchanged_where_it_stands(tiny: Tiny) -> None:
    trace = run(str(tiny("bert")), "The Man, a book.")
    words = names(trace)
    here = [words[token_id] for token_id in trace.stacks[0].ids]

    def exchanged(old: str, new: str) -> Replacement:
        return questions.replaced(trace, here.index(old), words.index(new))

    assert here == ["[CLS]", "the", "m", "##a", "##n", ",", "a", "book", ".", "[SEP]"]
    for old, new, text in (
        ("book", "teacher", "The Man, a teacher."),
        (".", "book", "The Man, a book book"),
        (",", "book", "The Man book a book."),
        ("a", ".", "The Man, . book."),
        ("the", "a", "a Man, a book."),
        ("##n", "##e", "The Mae, a book."),
        ("m", "the", "The thean, a book."),
        ("##a", "the", "The M then, a book."),
    ):
        assert exchanged(old, new) == Replacement(text=text, recut=()), (old, new)


def test_a_token_that_is_cut_otherwise_is_said(tiny: Tiny) -> None:
    trace = run(str(tiny("bert")), "The Man, a book.")
    place = trace.stacks[0].tokens.index("a")
    new = questions.replaced(trace, place, names(trace).index("##e"))  # no word stands before it to be joined to
    assert new == Replacement(text="The Man, e book.", recut=(b"e",))


def test_a_part_of_a_character_cannot_be_exchanged_alone(tiny: Tiny) -> None:
    trace = run(str(tiny("roberta")), "the 🏦")
    place = typed(trace)[-1]
    assert trace.stacks[0].offsets[place] == trace.stacks[0].offsets[place - 1]
    book = questions.pieces_of(trace, range(331)).index(b" book")
    with pytest.raises(NotShownError, match="only a part of a character"):
        questions.replaced(trace, place, book)


def test_a_mark_is_not_written_into_a_text(tiny: Tiny) -> None:
    trace = run(str(tiny("bert")), "the book")
    with pytest.raises(NotShownError, match="a mark that stands for no text"):
        questions.replaced(trace, 1, 4)
    with pytest.raises(IndexError):
        questions.replaced(trace, 1, 10**6)


def test_a_text_that_was_cut_keeps_its_end(tiny: Tiny) -> None:
    text = "The King and the Queen, " * 20
    trace = run(str(tiny("bert")), text)
    assert trace.cut is not None
    new = questions.replaced(trace, 1, names(trace).index("a"))
    assert new.recut == ()
    assert new.text == "a" + text[3:]
    assert questions.blank_scores(trace).n_scored == len(trace.stacks[0].ids) - 2
