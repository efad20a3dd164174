"""A trace that was saved and loaded is the same trace, and its tensors bear true names."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

import headlight
from headlight.model.admitting.catalog import MODELS
from headlight.model.errors import TraceFileError
from headlight.model.trace import Attention, Stack, Trace
from tests.model.conftest import Subject, Tiny

# Where transformers keeps the blocks of the first column of layers.
BLOCKS = {
    "gpt2": "transformer.h",
    "bert": "bert.encoder.layer",
    "llama": "model.layers",
    "opt-post-norm": "model.decoder.layers",
    "bloom": "transformer.h",
    "t5": "encoder.block",
    "marian": "model.encoder.layers",
}


def assert_same(one: Any, other: Any) -> None:
    """Raise AssertionError where two traces, or parts of them, differ in a field: in a bit, a type or a shape."""
    assert type(one) is type(other)
    if isinstance(one, (Trace, Stack, Attention)):
        for field in fields(one):
            assert_same(getattr(one, field.name), getattr(other, field.name))
    elif isinstance(one, tuple):
        assert len(one) == len(other)
        for each in zip(one, other, strict=True):
            assert_same(*each)
    elif isinstance(one, np.ndarray):
        assert (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())
        assert not other.flags.writeable
    else:
        assert one == other


@pytest.fixture
def saved(house_trace: Trace, tmp_path: Path) -> Path:
    """Return where the house trace was saved."""
    headlight.save(house_trace, tmp_path / "trace.safetensors")
    return tmp_path / "trace.safetensors"


def test_a_tiny_model_s_trace_comes_back_bit_for_bit(any_model: Subject, tmp_path: Path) -> None:
    headlight.save(any_model.trace, tmp_path / "trace.safetensors")
    assert_same(any_model.trace, headlight.load(tmp_path / "trace.safetensors"))


@pytest.mark.parametrize("name", [entry.name for entry in MODELS])
@pytest.mark.parametrize("text", ["The teacher taught the students.", "naïve 😀 \u202e <b>&amp;", "a " * 3000])
def test_a_bundled_model_s_trace_comes_back_bit_for_bit(name: str, text: str, tmp_path: Path) -> None:
    trace = headlight.run(name, text)
    headlight.save(trace, str(tmp_path / "trace.safetensors"))
    assert_same(trace, headlight.load(str(tmp_path / "trace.safetensors")))


def test_the_json_says_which_model_read_which_text(saved: Path, house_trace: Trace) -> None:
    about = json.loads(saved.with_suffix(".json").read_text(encoding="utf-8"))
    assert (about["model"], about["revision"]) == (house_trace.model_name, house_trace.revision)
    assert (about["text"], about["stacks"][0]["ids"]) == (house_trace.text, house_trace.stacks[0].ids.tolist())
    named = {name for name in json.dumps(about).split('"') if "hook" in name or name.startswith("headlight.")}
    assert named == set(load_file(saved))


@pytest.mark.parametrize("kind", BLOCKS)
def test_what_is_called_resid_pre_is_what_goes_into_the_block(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    subject = Subject(kind=kind, folder=tiny(kind))
    headlight.save(subject.trace, tmp_path / "trace.safetensors")
    tensors = load_file(tmp_path / "trace.safetensors")
    module = subject.module
    blocks = module.get_submodule(BLOCKS[kind])
    inputs: list[torch.Tensor] = []
    for block in blocks:
        block.register_forward_pre_hook(
            lambda block, arguments, named: inputs.append((*arguments, *named.values())[0][0]), with_kwargs=True
        )
    batch = dict(
        zip(("input_ids", "decoder_input_ids"), (torch.tensor(each.ids)[None] for each in subject.trace.stacks))  # noqa: B905
    )
    with torch.inference_mode():
        module(**batch)
    prefix = "encoder" if len(subject.trace.stacks) > 1 else "blocks"
    assert len(inputs) == subject.trace.stacks[0].n_layers
    for layer, entering in enumerate(inputs):
        np.testing.assert_allclose(tensors[f"{prefix}.{layer}.hook_resid_pre"], entering, atol=1e-5)
    assert f"{prefix}.{len(blocks)}.hook_resid_pre" not in tensors


def names_of(subject: Subject, folder: Path) -> set[str]:
    headlight.save(subject.trace, folder / "trace.safetensors")
    return set(load_file(folder / "trace.safetensors"))


def test_embeddings_are_called_hook_embed_only_where_they_go_into_the_first_block(tiny: Tiny, tmp_path: Path) -> None:
    names = {
        kind: names_of(Subject(kind=kind, folder=tiny(kind)), tmp_path) for kind in ("gpt2", "llama", "bloom", "t5")
    }
    assert {"hook_embed", "hook_pos_embed"} <= names["gpt2"]
    assert "hook_embed" in names["llama"]
    assert "hook_pos_embed" not in names["llama"]
    assert {"hook_embed", "headlight.decoder.token_embeddings"} <= names["t5"]
    assert "hook_embed" not in names["bloom"]  # a norm comes in between
    assert "headlight.decoder.token_embeddings" in names["bloom"]


def test_names_of_an_encoder_and_of_a_pair(tiny: Tiny, tmp_path: Path) -> None:
    bert = names_of(Subject(kind="bert", folder=tiny("bert")), tmp_path)
    assert {"embed.hook_embed", "embed.hook_pos_embed", "embed.hook_token_type_embed"} <= bert
    t5 = names_of(Subject(kind="t5", folder=tiny("t5")), tmp_path)
    assert {"encoder.0.attn.hook_pattern", "decoder.1.attn.hook_pattern", "decoder.1.cross_attn.hook_pattern"} <= t5


def test_each_pattern_is_the_attention_of_its_layer(tiny: Tiny, tmp_path: Path) -> None:
    subject = Subject(kind="t5", folder=tiny("t5"))
    headlight.save(subject.trace, tmp_path / "trace.safetensors")
    tensors = load_file(tmp_path / "trace.safetensors")
    for attention in subject.trace.attentions:
        block = {"encoder": "encoder.{}.attn", "decoder": "decoder.{}.attn", "cross": "decoder.{}.cross_attn"}
        for layer, weights in enumerate(attention.weights):
            name = f"{block[attention.kind].format(layer)}.hook_pattern"
            np.testing.assert_array_equal(tensors[name], weights)


def test_a_flipped_bit_is_found(saved: Path) -> None:
    written = bytearray(saved.read_bytes())
    written[-1] ^= 1
    saved.write_bytes(written)
    with pytest.raises(TraceFileError, match=r"trace\.safetensors is damaged"):
        headlight.load(saved)


@pytest.mark.parametrize("suffix", [".safetensors", ".json"])
def test_a_missing_file_is_named(saved: Path, suffix: str) -> None:
    saved.with_suffix(suffix).unlink()
    with pytest.raises(TraceFileError, match=rf"There is no file trace\{suffix}"):
        headlight.load(saved)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '"headlight trace"', '{"format": "pt"}', "[" * 100_000, b"\xff\xfe"]
)
def test_json_of_another_program_is_refused(saved: Path, text: str | bytes) -> None:
    saved.with_suffix(".json").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(TraceFileError, match=r"trace\.json is damaged, or was not written by Headlight"):
        headlight.load(saved)


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_json_with_any_part_missing_or_of_another_type_is_refused(saved: Path, depth: int) -> None:
    beside = saved.with_suffix(".json")
    whole = json.loads(beside.read_text(encoding="utf-8"))

    def part() -> Any:
        copy = json.loads(json.dumps(whole))
        return copy, [copy, copy["stacks"][0], copy["attentions"][0]][depth]

    for key in list(part()[1]):
        for value in ("absent", 7, {"a": 1}, [[[]]]):
            about, inside = part()
            inside.pop(key)
            if value != "absent":
                inside[key] = value
            beside.write_text(json.dumps(about), encoding="utf-8")
            with pytest.raises(TraceFileError):
                headlight.load(saved)


def test_other_safetensors_are_refused(saved: Path) -> None:
    save_file({"weight": np.ones(3, np.float32)}, saved)
    with pytest.raises(TraceFileError, match="damaged, or does not belong"):
        headlight.load(saved)
    saved.with_suffix(".json").unlink()
    with pytest.raises(TraceFileError, match="two files side by side"):
        headlight.load(saved)


def test_a_later_version_is_told_apart_from_damage(saved: Path) -> None:
    beside = saved.with_suffix(".json")
    beside.write_text(beside.read_text(encoding="utf-8").replace('"version": 1', '"version": 2'), encoding="utf-8")
    with pytest.raises(TraceFileError, match="another version"):
        headlight.load(saved)


def test_the_name_ends_in_safetensors(house_trace: Trace, tmp_path: Path) -> None:
    for name in ("trace", "trace.json", "trace.pt"):
        with pytest.raises(TraceFileError, match=r"something\.safetensors"):
            headlight.save(house_trace, tmp_path / name)
        with pytest.raises(TraceFileError, match=r"something\.safetensors"):
            headlight.load(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_json_of_another_program_is_not_overwritten(house_trace: Trace, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text('{"model_type": "gpt2"}', encoding="utf-8")
    with pytest.raises(TraceFileError, match=r"config\.json"):
        headlight.save(house_trace, tmp_path / "config.safetensors")
    assert config.read_text(encoding="utf-8") == '{"model_type": "gpt2"}'
    headlight.save(house_trace, tmp_path / "trace.safetensors")
    headlight.save(house_trace, tmp_path / "trace.safetensors")  # our own is
