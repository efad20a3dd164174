"""The figures of the cards, on models whose answers are known."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from transformers.modeling_outputs import CausalLMOutput

from headlight.model.admitting.catalog import BUNDLED
from headlight.model.training import comparison, export, heads, heldout, ngrams, practice, prediction, recipes
from headlight.model.training.prediction import Foreseen, HeldOut
from headlight.model.training.report import Table
from headlight.model.training.start import Start, start_of
from headlight.model.training.trainer import LogLine


class Knows:
    """A model that gives a token of the next place a share, and the rest to all others alike."""

    def __init__(self, vocab_size: int, share: float) -> None:
        self.vocab_size = vocab_size
        self.share = share

    def __call__(self, input_ids: Tensor) -> CausalLMOutput:
        rest = (1 - self.share) / (self.vocab_size - 1)
        following = torch.roll(input_ids, -1, dims=1)
        shares = torch.full((*input_ids.shape, self.vocab_size), rest)
        shares.scatter_(-1, following[..., None], self.share)
        return CausalLMOutput(logits=shares.log())


def text(ids: list[int], *, n_bytes: int = 10) -> HeldOut:
    positions = np.arange(len(ids))
    return HeldOut(source="s", ids=np.array(ids), asked=positions[positions % prediction.WINDOW != 0], n_bytes=n_bytes)


@pytest.mark.parametrize("n_tokens", [2, 255, 256, 257, 258, 600])
def test_each_token_but_the_first_of_a_window_is_asked_once(n_tokens: int) -> None:
    ids = [each % 7 for each in range(n_tokens)]
    found = prediction.foresee(Knows(7, 0.5), text(ids))
    assert len(found.nats) == n_tokens - math.ceil(n_tokens / prediction.WINDOW)
    np.testing.assert_allclose(found.nats, math.log(2), rtol=1e-5)
    assert found.rank is not None
    assert (found.rank == 0).all()


def test_bits_per_byte_and_perplexity_of_a_known_share() -> None:
    asked = text([0, 1, 2, 3, 4], n_bytes=8)
    row = prediction.row("known", [asked], [Foreseen(nats=np.full(4, math.log(2)), rank=np.array([0, 1, 4, 5]))])
    assert row == ("known", "0.500", "2.0", "25.0", "75.0")


def test_a_beginning_or_an_end_of_a_document_is_not_asked_for() -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(BUNDLED / "headlight-decoder")
    for each in prediction.held_out(tokenizer):
        assert tokenizer.bos_token_id not in each.ids[each.asked]
        assert len(each.ids) <= prediction.MOST_TOKENS
        n_characters = len(str(tokenizer.decode(each.ids[each.asked])).encode())
        assert each.n_bytes == pytest.approx(n_characters, rel=0.01)  # a character cut by a window counts 3 in one


def slow_counts(documents: list[list[int]], order: int) -> dict[tuple[int, ...], int]:
    found: dict[tuple[int, ...], int] = {}
    for document in documents:
        for at in range(len(document) - order + 1):
            key = tuple(document[at : at + order])
            found[key] = found.get(key, 0) + 1
    return found


def test_ngrams_are_counted_as_a_dictionary_would() -> None:
    draw = np.random.default_rng(3)
    documents = [draw.integers(0, 5, size=n).tolist() for n in (1, 4, 31, 97)]
    held = text(draw.integers(0, 5, size=43).tolist())
    counts = ngrams.count((np.array(each, dtype=np.uint16) for each in documents), [held], vocab_size=5)
    places = counts.places(held.ids)
    n_found = 0
    for order in range(1, ngrams.ORDER + 1):
        slow = slow_counts(documents, order)
        for at in range(order - 1, len(held.ids)):
            key = tuple(held.ids[at - order + 1 : at + 1].tolist())
            assert counts.counts[order - 1][places[order - 1][at]] == slow.get(key, 0)
            n_found += slow.get(key, 0) > 0
    assert n_found > 100


def test_the_interpolated_shares_of_all_tokens_sum_to_one() -> None:
    """Asked for every token that could come next. Token 4 stands only at the end of the document."""
    draw = np.random.default_rng(5)
    document = draw.integers(0, 4, size=50)
    context = draw.integers(0, 4, size=6).tolist()
    texts = [text([*context, token]) for token in range(5)]
    counts = ngrams.count([np.concatenate([document, [4]]).astype(np.uint16)], texts, vocab_size=5)
    total = 0.0
    for each in texts:
        shares = [(counts.counts[0][each.ids] + 1) / (counts.n_tokens + 5)]
        for order in range(1, ngrams.ORDER):
            shares = ngrams._longer(counts, [counts.places(each.ids)], shares, order, 2.0)
        total += float(shares[0][-1])
    assert total == pytest.approx(1, abs=1e-12)


def test_what_is_more_frequent_is_likelier() -> None:
    held = text([0, 1, 2, 1])
    counts = ngrams.count([np.array([1, 1, 1, 2, 0, 1], dtype=np.uint16)], [held], vocab_size=4)
    (found,) = ngrams.unigram(counts, [held])
    np.testing.assert_allclose(np.exp(-found.nats), [5 / 10, 2 / 10, 5 / 10])
    assert found.rank is not None
    assert found.rank[0] == 0


class Copies:
    """A model that repeats what followed the same token before."""

    def __call__(self, input_ids: Tensor) -> CausalLMOutput:
        ids = input_ids[0].tolist()
        logits = torch.zeros((1, len(ids), 8192))
        for at, token in enumerate(ids):
            if token in ids[:at]:
                logits[0, at, ids[ids.index(token) + 1]] = 1
        return CausalLMOutput(logits=logits)


def test_a_model_that_copies_copies_everything() -> None:
    from transformers import AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(BUNDLED / "headlight-decoder")
    assert heads.copying(Copies(), tokenizer) == 1.0
    assert all(len(set(ids[1:].tolist())) == heads.N_RANDOM for ids in heads.repeated(tokenizer))


def test_the_held_out_pairs_are_a_thousand_different_sentences() -> None:
    pairs = heldout.pairs()
    assert len({heldout.same_english(english) for english, _ in pairs}) == len(pairs) == heldout.N_PAIRS


def test_no_held_out_english_is_trained_on_in_other_case_or_punctuation() -> None:
    pairs = [("He's here.", "a"), ("he’s here!", "b"), ("HE IS HERE", "c"), ("Hes  here", "d")]
    assert heldout.training_pairs(pairs, [("He's here.", "x")]) == [("HE IS HERE", "c")]


def test_the_grammar_makes_agreeing_sentences_and_never_the_one_that_is_asked_for() -> None:
    every = practice.pairs(10**6, 1)
    made = dict(every)
    assert len(made) == len(every) == len(set(made.values()))
    assert made["The black dog sleeps."] == "El perro negro duerme."
    assert made["My yellow hens sing."] == "Mis gallinas amarillas cantan."
    assert made["The happy girls cry."] == "Las niñas felices lloran."
    assert made["The brown cats run."] == "Los gatos marrones corren."
    assert made["The cat sleeps."] == "El gato duerme."
    assert not any("black cat" in english for english in made)
    assert practice.pairs(7, 1) == every[:7]
    assert practice.pairs(7, 2) != every[:7]


def test_the_held_out_pairs_can_be_drawn_again() -> None:
    everything = [(f"sentence {index}", f"frase {index}") for index in range(3000)]
    assert heldout.choose_pairs(everything) == heldout.choose_pairs(everything[::-1])


def test_the_held_out_files_are_small() -> None:
    assert sum(path.stat().st_size for path in heldout.HELDOUT.iterdir()) < 1_000_000


def test_a_table_is_markdown() -> None:
    table = Table(title="T", columns=("a", "b"), rows=(("1", "2"),), note="N")
    assert table.markdown() == "### T\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\nN"


def test_a_run_that_goes_on_counts_from_where_it_began(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
    export.write_losses((), [LogLine(10, 3_000_000, 1.0, 5.0), LogLine(20, 7_000_000, 2.0, 4.0)], first / "loss.csv")
    (first / export.PROVENANCE).write_text('{"tokens_seen": 7000000, "minutes": 2.5}')
    before = start_of(first)
    assert before == Start(tokens=7_000_000, minutes=2.5, losses=[(3_000_000, 5.0), (7_000_000, 4.0)])
    assert start_of(None) == Start()
    export.write_losses(before.losses, [LogLine(10, 2_000_000, 1.0, 3.5)], second / "loss.csv")
    assert comparison.read(second) == [(3_000_000, 5.0), (7_000_000, 4.0), (9_000_000, 3.5)]


def test_two_runs_are_compared_where_both_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, n_lines, apart, loss in (
        (recipes.DECODER.name, 9, 1_000_000, 3.0),
        (recipes.RECURRENT.name, 45, 90_000, 5.0),
    ):
        (tmp_path / name).mkdir()
        lines = [LogLine(line, line * apart, 1.0, loss) for line in range(1, n_lines + 1)]
        export.write_losses((), lines, tmp_path / name / comparison.LOSSES)
    monkeypatch.setattr(comparison, "BUNDLED", tmp_path)
    table = comparison.table(tmp_path / recipes.RECURRENT.name)
    *shared, whole = table.rows
    assert [row[0] for row in shared] == ["1.0", "2.0", "3.0", "4.0"]
    assert {row[1:] for row in table.rows} == {("3.00", "5.00")}
    assert whole[0] == "all it saw"
    assert "the decoder saw 9.0 million tokens and this model 4.0" in table.note
