"""Tokens of every kind of tokenizer: spans, bytes, special marks, and texts that are no prose."""

import io
import json
import shutil
import unicodedata
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import sentencepiece
from hypothesis import given, settings
from hypothesis import strategies as st

from headlight.model import questions
from headlight.model.errors import ModelBrokenError, ModelRefusedError, TextError
from headlight.model.run import run
from headlight.model.trace import Stack
from tests.model.conftest import ENCODERS, TEXT, Subject
from tests.tiny import CORPUS, KINDS

Tiny = Callable[[str], Path]

STRANGE = (
    "😀👨‍👩‍👧‍👦🏳️‍🌈",
    "مرحبا بالعالم",
    "שלום עולם",
    "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳",
    "a\x00b",
    "\u202etest\u202c",
    "한국어 中文 日本語",
    "  two  spaces\t\ttabs\n\nlines\r\n",
    "a\u0301e\u0308 \u0301",
    "\ufeffbom\u200bzero\xadsoft",
    "<script>alert(1)</script>",
    "%{x} ![](http://evil) {{7*7}} $HOME",
    "[SEP] <|endoftext|> </s> <s> <pad> <unk> [MASK] [CLS]",
    "1;DROP TABLE users -- ' OR 1=1",
    "nan inf -1e309 0x0",
    "ﬁ ﷽ ‱ Ω ℃ ① ㋿",
    "\U0010ffff\ue000\ufffe",
)
BYTE_LEVEL = ("gpt2", "qwen2", "opt", "bloom", "roberta", "bart-body")
ONE_OF_EACH = ("gpt2", "bert", "roberta", "llama", "t5", "marian", "opt", "bloom")
TYPED = ("<extra_id_0>", "[SEP]", "[MASK]", "<|endoftext|>", "</s>", "<s>", "<pad>", "<unk>")


def _typed(stack: Stack) -> list[int]:
    return [index for index, special in enumerate(stack.special) if not special]


@pytest.mark.parametrize("text", STRANGE)
@pytest.mark.parametrize("kind", ONE_OF_EACH)
def test_a_strange_text_is_read_or_answered(kind: str, text: str, tiny: Tiny) -> None:
    trace = run(str(tiny(kind)), text, "a book")
    stack = trace.stacks[0]
    starts = [stack.offsets[index] for index in _typed(stack)]
    assert starts == sorted(starts)
    assert all(0 <= start <= end <= len(trace.text) for start, end in stack.offsets)


@pytest.mark.parametrize("text", [*STRANGE, TEXT])
@pytest.mark.parametrize("kind", BYTE_LEVEL)
def test_the_pieces_of_a_byte_level_tokenizer_are_the_bytes_of_the_text(kind: str, text: str, tiny: Tiny) -> None:
    folder = str(tiny(kind))
    trace = run(folder, text)
    stack = trace.stacks[0]
    pieces = b"".join(stack.pieces[index] for index in _typed(stack))
    if kind == "qwen2":  # its tokenizer joins letters and accents first
        text = unicodedata.normalize("NFC", text)
    if trace.cut is None:
        assert pieces == text.encode()
    else:
        assert text.encode().startswith(pieces)


@pytest.mark.parametrize("kind", ["llama", "mistral"])
def test_a_letter_outside_the_vocabulary_becomes_its_bytes(kind: str, tiny: Tiny) -> None:
    stack = run(str(tiny(kind)), "a 😀").stacks[0]
    assert stack.tokens[-4:] == ("<0xF0>", "<0x9F>", "<0x98>", "<0x80>")
    assert b"".join(stack.pieces[-4:]) == "😀".encode()
    assert not stack.special[-4:].any()
    assert b"".join(stack.pieces[index] for index in _typed(stack)) == " a 😀".encode()


def test_word_pieces_are_spelled_without_their_marks(tiny: Tiny) -> None:
    stack = run(str(tiny("bert")), "The Wolf").stacks[0]
    assert stack.tokens[0] == "[CLS]"
    assert stack.tokens[-1] == "[SEP]"
    assert any(token.startswith("##") for token in stack.tokens)
    assert b"".join(stack.pieces[index] for index in _typed(stack)) == b"thewolf"


@pytest.mark.parametrize("typed", TYPED)
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("llama3-rope", "t5-gated", "opt-post-norm")])
def test_a_special_token_typed_by_hand_stays_ordinary_text(kind: str, typed: str, tiny: Tiny) -> None:
    subject = Subject(kind=kind, folder=tiny(kind))
    stack = subject.run(f"the book {typed} the", "a").stacks[0]
    ids = set(stack.ids[_typed(stack)].tolist())
    specials = set(subject.loaded.tokenizer.all_special_ids) - {subject.loaded.tokenizer.unk_token_id}
    assert not ids & specials
    plain = subject.run("the book the", "a").stacks[0]
    assert stack.special.sum() == plain.special.sum()


def test_a_typed_special_token_costs_the_words_around_it_nothing(tiny: Tiny) -> None:
    stack = run(str(tiny("marian")), "the book </s> the book", "a").stacks[0]
    before, after = list(stack.tokens).index("▁book"), list(reversed(stack.tokens)).index("▁book")
    assert before == 1
    assert after == 1  # only the tokenizer's own </s> comes after it
    assert [piece for piece in stack.pieces if piece.strip() == b"book"] == [b" book", b" book"]


def test_special_marks_are_those_the_tokenizer_put_there(any_model: Subject) -> None:
    stack = any_model.trace.stacks[0]
    front = any_model.kind in ("gpt2", "gpt2-body", "mamba", "llama", "mistral", "gemma2", "opt", "opt-post-norm")
    both = any_model.kind in (*ENCODERS, "bart", "bart-body")
    back = any_model.facts.kind == "encoder-decoder"
    expected = np.zeros(len(stack.tokens), dtype=bool)
    expected[0] = front or both
    expected[-1] = both or back
    np.testing.assert_array_equal(stack.special, expected)


def test_offsets_point_at_the_text_of_each_token(any_model: Subject) -> None:
    stack = any_model.trace.stacks[0]
    for index in _typed(stack):
        start, end = stack.offsets[index]
        assert TEXT[start:end].strip().lower().encode() == stack.pieces[index].strip()[: end - start].lower()


def test_pieces_of_ids_are_those_of_the_trace(any_model: Subject) -> None:
    for stack in any_model.trace.stacks:
        assert questions.pieces_of(any_model.trace, stack.ids.tolist()) == stack.pieces


def test_lone_surrogates_are_replaced(tiny: Tiny) -> None:
    for kind in ("gpt2", "bert", "t5"):
        assert run(str(tiny(kind)), "the \udc80 book", "a").text == "the \ufffd book"


@pytest.mark.parametrize("kind", ["gpt2", "bert", "llama", "t5"])
@settings(deadline=None, max_examples=60)
@given(text=st.text(max_size=60))
def test_any_text_at_all_is_read_or_answered(kind: str, text: str, tiny: Tiny) -> None:
    try:
        trace = run(str(tiny(kind)), text, "a")
    except TextError:
        return
    assert len(trace.stacks[0].pieces) == len(trace.stacks[0].tokens)


def _copy(folder: Path, into: Path) -> Path:
    shutil.copytree(folder, into / "model")
    return into / "model"


@pytest.mark.parametrize("kind", ["gpt2", "bert", "llama", "t5", "marian", "bart", "mamba"])
def test_a_folder_without_a_tokenizer_is_answered(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    folder = _copy(tiny(kind), tmp_path)
    for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"):
        (folder / name).unlink(missing_ok=True)
    with pytest.raises((ModelBrokenError, ModelRefusedError), match="no tokenizer"):
        run(str(folder), TEXT)


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"model": {"type": "Nonsense"}}', "\x00" * 40])
def test_a_damaged_tokenizer_is_answered(damage: str, tiny: Tiny, tmp_path: Path) -> None:
    folder = _copy(tiny("gpt2"), tmp_path)
    (folder / "tokenizer.json").write_text(damage, encoding="utf-8")
    with pytest.raises(ModelBrokenError, match="no tokenizer that this app can read"):
        run(str(folder), TEXT)


def test_a_tokenizer_with_more_tokens_than_the_model_is_refused(tiny: Tiny, tmp_path: Path) -> None:
    folder = _copy(tiny("bert"), tmp_path)  # a WordPiece vocabulary smaller than the byte-level one
    shutil.copy(tiny("gpt2") / "tokenizer.json", folder / "tokenizer.json")
    shutil.copy(tiny("gpt2") / "tokenizer_config.json", folder / "tokenizer_config.json")
    with pytest.raises(ModelBrokenError, match="331 tokens, but the model knows only"):
        run(str(folder), TEXT)


def test_a_tokenizer_that_adds_nothing_and_names_no_special_token_is_read(tiny: Tiny, tmp_path: Path) -> None:
    folder = _copy(tiny("bloom"), tmp_path)
    values = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    names = ("bos_token", "eos_token", "unk_token", "pad_token", "cls_token", "sep_token", "mask_token")
    kept = {name: value for name, value in values.items() if name not in names}
    (folder / "tokenizer_config.json").write_text(json.dumps(kept), encoding="utf-8")
    tokenizer = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    tokenizer["added_tokens"] = []
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer), encoding="utf-8")
    stack = run(str(folder), TEXT).stacks[0]
    assert not stack.special.any()
    assert b"".join(stack.pieces) == TEXT.encode()


@pytest.mark.filterwarnings("ignore:Recommended. pip install sacremoses")
def test_the_tokenizer_that_marian_models_come_with_is_read(tiny: Tiny, tmp_path: Path) -> None:
    """Two SentencePiece files and a vocabulary, as the Hub's have: written in Python, without character spans."""
    folder = _copy(tiny("marian"), tmp_path)
    for path in folder.glob("*token*.json"):
        path.unlink()
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CORPUS), model_writer=model, vocab_size=70, hard_vocab_limit=False, minloglevel=2
    )
    processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    pieces = ["<pad>", "</s>", "<unk>", *(processor.id_to_piece(each) for each in range(3, len(processor)))]
    vocabulary = {piece: index for index, piece in enumerate(pieces)}
    for name in ("source.spm", "target.spm"):
        (folder / name).write_bytes(model.getvalue())
    (folder / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "MarianTokenizer", "source_lang": "en", "target_lang": "es"}), encoding="utf-8"
    )
    trace = run(str(folder), "the teacher read </s> it", "the book")
    source, target = trace.stacks
    assert source.special.tolist() == [False] * (len(source.tokens) - 1) + [True]
    assert source.ids[-1] == 1
    assert 1 not in source.ids[:-1]
    assert target.special.tolist() == [True] + [False] * (len(target.tokens) - 1)
    assert b"".join(target.pieces[1:]).strip() == b"the book"
    for stack, text in ((source, trace.text), (target, "the book")):
        for (start, end), piece, special in zip(stack.offsets, stack.pieces, stack.special, strict=True):
            assert special or piece == b"<unk>" or text[start:end] == piece.decode().strip()
    assert run(str(folder), "the teacher").target_text
