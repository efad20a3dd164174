"""Encoder-decoders: what the decoder reads, given or written by the model itself, and which row predicts what."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from headlight.model import questions
from headlight.model.errors import ModelBrokenError
from headlight.model.run import run
from tests.model.conftest import TARGET, TEXT, Subject


def test_the_decoder_reads_the_start_token_and_the_target_without_its_closing(pair: Subject) -> None:
    encoder, decoder = pair.trace.stacks
    assert decoder.ids[0] == pair.loaded.start_id
    assert decoder.special[0]
    assert pair.trace.target_text == TARGET
    assert decoder.ids[-1] != pair.loaded.tokenizer.eos_token_id
    typed = [piece for piece, special in zip(decoder.pieces, decoder.special, strict=True) if not special]
    assert b"".join(typed).strip() == TARGET.encode()
    for (start, end), piece, special in zip(decoder.offsets, decoder.pieces, decoder.special, strict=True):
        assert special or TARGET[start:end].strip() == piece.decode().strip()
    assert encoder.ids[-1] == pair.loaded.tokenizer.eos_token_id  # the source keeps its own


def test_the_axes_of_the_three_attentions_carry_the_right_sentences(pair: Subject) -> None:
    encoder, decoder = pair.trace.stacks
    assert [each.kind for each in pair.trace.attentions] == ["encoder", "decoder", "cross"]
    axes = [(each.query_tokens, each.key_tokens) for each in pair.trace.attentions]
    assert axes == [
        (encoder.tokens, encoder.tokens),
        (decoder.tokens, decoder.tokens),
        (decoder.tokens, encoder.tokens),
    ]
    cross = pair.attention("cross").weights
    assert cross.shape[2] != cross.shape[3]
    assert (np.triu(cross, k=1) > 0).any()
    assert pair.trace.stack_of("cross", "query") is decoder
    assert pair.trace.stack_of("cross", "key") is encoder


def test_each_row_of_the_decoder_predicts_the_token_after_it(pair: Subject) -> None:
    trace = pair.run(TEXT)
    (_, decoder) = trace.stacks
    assert 1 < len(decoder.ids) <= 65
    logits = questions.logits_at(trace, range(len(decoder.ids))).copy()
    logits[:, pair.loaded.tokenizer.pad_token_id] = -np.inf  # never written
    np.testing.assert_array_equal(logits[:-1].argmax(axis=-1), decoder.ids[1:])


def test_an_own_output_ends_before_the_closing_token(tiny: Callable[[str], Path], tmp_path: Path) -> None:
    """The closing token is made the likeliest everywhere: nothing is written, and row 0 expects the closing."""
    shutil.copytree(tiny("marian"), tmp_path / "marian")
    subject = Subject(kind="marian", folder=tmp_path / "marian")
    closing = subject.loaded.tokenizer.eos_token_id
    subject.loaded.module.final_logits_bias[0, closing] = 1_000
    trace = subject.run("The book")
    assert trace.stacks[1].ids.tolist() == [subject.loaded.start_id]
    assert trace.target_text == ""
    assert trace.logits is not None
    assert trace.logits.argmax() == closing


def test_the_first_target_tokens_alone_give_the_first_rows(pair: Subject) -> None:
    prefix = pair.run(TEXT, "The queen and")
    n_tokens = len(prefix.stacks[1].tokens)
    assert prefix.stacks[1].tokens == pair.trace.stacks[1].tokens[:n_tokens]
    _, decoder, cross = prefix.attentions
    np.testing.assert_allclose(
        decoder.weights, pair.attention("decoder").weights[:, :, :n_tokens, :n_tokens], atol=1e-5
    )
    np.testing.assert_allclose(cross.weights, pair.attention("cross").weights[:, :, :n_tokens], atol=1e-5)


def test_an_empty_target_leaves_the_start_token_alone(pair: Subject) -> None:
    trace = pair.run(TEXT, "")
    assert trace.stacks[1].ids.tolist()[0] == pair.loaded.start_id
    assert all(trace.stacks[1].special)
    assert trace.target_text == ""


def test_a_long_target_is_cut_and_said(pair: Subject) -> None:
    trace = pair.run(TEXT, "the book " * 400)
    assert len(trace.stacks[1].tokens) == min(pair.facts.context or 256, 256)
    assert trace.cut is not None
    assert trace.cut[0] == 3_600 - 2_000
    assert trace.cut[1] > 0
    assert trace.target_text == ("the book " * 400)[:2_000]


def test_an_own_output_stays_within_the_context_and_64_tokens(pair: Subject) -> None:
    (_, decoder) = pair.run("A man sat in the bank").stacks
    assert len(decoder.tokens) <= min(65, pair.facts.context or 256)


def test_a_surrogate_in_the_target_is_replaced(pair: Subject) -> None:
    assert pair.run(TEXT, "a \ud800 man").target_text == "a \ufffd man"


def test_a_body_without_a_head_reads_the_start_token_when_no_target_is_given(tiny: Callable[[str], Path]) -> None:
    trace = run(str(tiny("bart-body")), TEXT)
    assert trace.stacks[1].ids.tolist() == [2]
    assert trace.target_text == ""


GENERATION_CONFIGS = {
    "beams": json.dumps({"num_beams": 4, "length_penalty": 2.0, "early_stopping": True}),
    "sampling": json.dumps({"do_sample": True, "temperature": 9.0, "top_k": 50}),
    "forced tokens": json.dumps({"forced_bos_token_id": 9, "forced_eos_token_id": 8, "suppress_tokens": [7]}),
    "a penalty": json.dumps({"no_repeat_ngram_size": 1, "repetition_penalty": 5.0, "min_length": 30}),
    "several texts": json.dumps({"num_return_sequences": 3}),
    "wrong types": json.dumps({"num_beams": "many", "max_length": [1], "eos_token_id": "no"}),
    "contradiction": json.dumps({"num_beams": 2, "num_beam_groups": 3, "do_sample": True, "watermarking_config": 3}),
    "a list": "[]",
    "no JSON": "{",
}


@pytest.mark.parametrize("name", GENERATION_CONFIGS)
def test_the_folder_has_no_say_in_how_the_model_writes(name: str, tiny: Callable[[str], Path], tmp_path: Path) -> None:
    folder = tmp_path / "marian"
    shutil.copytree(tiny("marian"), folder)
    (folder / "generation_config.json").write_text(GENERATION_CONFIGS[name], encoding="utf-8")
    ours, plain = run(str(folder), "A queen and a king"), run(str(tiny("marian")), "A queen and a king")
    assert ours.stacks[1].tokens == plain.stacks[1].tokens
    np.testing.assert_array_equal(ours.stacks[1].hidden_states, plain.stacks[1].hidden_states)


@pytest.mark.parametrize("start", [None, 9_999, -1, "</s>"])
def test_a_decoder_that_begins_with_no_token_of_its_own_is_refused(
    start: object, tiny: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = tmp_path / "marian"
    shutil.copytree(tiny("marian"), folder)
    values = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    values |= {"decoder_start_token_id": start, "bos_token_id": None}
    (folder / "config.json").write_text(json.dumps(values), encoding="utf-8")
    with pytest.raises(ModelBrokenError):
        run(str(folder), TEXT)
