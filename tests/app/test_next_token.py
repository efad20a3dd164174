"""The Next token page without a browser: the bytes it sends are the Trace's numbers, and what a button may do."""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from headlight.model import questions
from headlight.model.reading.tokens import spell
from headlight.model.run import run
from headlight.model.trace import Trace
from headlight.pages.next_token.writing import settings_of
from tests.app.conftest import App, said
from tests.conftest import HOUSE_SENTENCE

PAGE = "next_token"
LONG = "The old man went down to the river" + " and he sat there" * 80


def bars(test: AppTest) -> tuple[dict[str, Any], np.ndarray]:
    """Return the header and the logits that the page sent to its bars."""
    (data,) = (
        each.proto.bytes for each in test.get("bidi_component") if each.proto.component_name.endswith("headlight.bars")
    )
    (length,) = struct.unpack("<I", data[:4])
    return json.loads(data[4 : 4 + length]), np.frombuffer(data[4 + length :], "<f4")


def html(test: AppTest, part: str) -> str:
    return str(next(each.proto.body for each in test.get("html") if part in each.proto.body))


def test_the_page_sends_the_logits_of_the_trace(app: App, house_trace: Trace) -> None:
    header, logits = bars(app(PAGE))
    assert house_trace.logits is not None
    np.testing.assert_array_equal(logits, house_trace.logits)
    ids = np.argsort(-house_trace.logits, kind="stable")[: len(header["candidates"])].tolist()
    assert [each["id"] for each in header["candidates"]] == ids
    names = [spell(piece) for piece in questions.pieces_of(house_trace, ids)]
    assert [each["name"] for each in header["candidates"]] == names


def test_the_sentence_s_probabilities_are_the_trace_s(app: App, house_trace: Trace) -> None:
    strip = html(app(PAGE), "strip scores")
    scores = questions.token_scores(house_trace)
    assert strip.count("<br>") == scores.n_scored == len(house_trace.stacks[0].tokens) - 1
    for probability in scores.probability[1:]:
        assert f"{100 * probability:.2f} %" in strip


def test_settings_of_a_link_reach_the_bars(app: App) -> None:
    test = app(PAGE, temperature="0.7", top_k="40", top_p="0.9")
    controls = bars(test)[0]["controls"]
    assert (controls["temperature"], controls["top_k"], controls["top_p"]) == (0.7, 40, 0.9)
    assert not test.warning


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("temperature", "2.5", "The link asks for a temperature that cannot be, so 1 is used. It can be 0 to 2."),
        ("temperature", "hot", "The link asks for a temperature that cannot be, so 1 is used. It can be 0 to 2."),
        ("top_k", "-3", "The link asks for a top-k that cannot be, so 0 is used. It can be 0 to 8192."),
        ("top_p", "nan", "The link asks for a top-p that cannot be, so 1 is used. It can be 0 to 1."),
        ("seed", "x", "The link asks for a seed that cannot be"),
    ],
)
def test_a_setting_that_cannot_be_is_said(app: App, name: str, value: str, sentence: str) -> None:
    test = app(PAGE, **{name: value})
    assert sentence in said(test)
    assert name not in test.query_params
    controls = bars(test)[0]["controls"]
    assert (controls["temperature"], controls["top_k"], controls["top_p"]) == (1, 0, 1)


def test_past_the_context_the_end_is_read_and_the_fallen_are_shown(app: App) -> None:
    test = app(PAGE)
    test.text_area(key="_text_box").set_value(LONG).run()
    strip = html(test, "growing")
    assert "tokens fell out of view: the model reads the last 256 tokens only." in strip
    assert strip.count("<s>") == 10
    assert strip.count("chip") >= 256
    assert not said(test)  # nothing at the end was left out
    assert test.text_area(key="_text_box").value == LONG
    trace = run("headlight-decoder", LONG[-900:])
    assert b"".join(trace.stacks[0].pieces[-3:]).decode() == " he sat there"


def test_one_token_has_a_probability_and_one_candidate_list(app: App) -> None:
    test = app(PAGE)
    test.text_area(key="_text_box").set_value("the").run()
    assert html(test, "strip scores").count("<br>") == 1
    assert len(bars(test)[0]["candidates"]) == 40


@pytest.mark.parametrize(
    "sent",
    [
        None,
        7,
        "x",
        [],
        {},
        {"temperature": 1},
        {"temperature": "hot", "top_k": 0, "top_p": 1},
        {"temperature": float("nan"), "top_k": 0, "top_p": 1},
        {"temperature": 1, "top_k": float("inf"), "top_p": 1},
        {"temperature": 1, "top_k": 10**30, "top_p": 1},
        {"temperature": 1, "top_k": 0, "top_p": -1},
        {"temperature": {}, "top_k": [], "top_p": None},
    ],
)
def test_settings_that_a_browser_made_up_are_ignored(sent: object) -> None:
    assert settings_of(sent, 8_192) is None


@pytest.fixture
def encoder_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Save a tiny BERT without a head below HEADLIGHT_MODELS and return the name it goes by."""
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *HOUSE_SENTENCE.split()]
    vocabulary = {word: place for place, word in enumerate(dict.fromkeys(words))}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "mask_token": "[MASK]"}
    wrapped = PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special)  # type: ignore[no-untyped-call]
    wrapped.save_pretrained(tmp_path / "tiny-bert")
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=12, num_hidden_layers=2, num_attention_heads=3, intermediate_size=20
    )
    BertModel(config).save_pretrained(tmp_path / "tiny-bert")
    monkeypatch.setenv("HEADLIGHT_MODELS", str(tmp_path))
    return "folder:tiny-bert"


def test_an_encoder_without_a_head_says_what_it_does_instead(app: App, encoder_folder: str) -> None:
    test = app(PAGE, model=encoder_folder)
    assert not test.exception
    assert not test.error
    assert "This model predicts no next token. It is an encoder" in said(test)
    assert not [each for each in test.get("bidi_component") if each.proto.component_name.endswith("headlight.bars")]
    assert len(test.get("page_link")) == 3
