"""Folders whose description is odd, or whose numbers are none: a sentence for a person, no traceback."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from headlight.model.errors import ModelBrokenError, ModelRefusedError
from headlight.model.run import run
from tests.model.conftest import TEXT, Subject
from tests.tiny import D_MODEL, N_HEADS, N_LAYERS

Tiny = Callable[[str], Path]


@pytest.fixture
def copy(tiny: Tiny, tmp_path: Path) -> Callable[..., Path]:
    """Return a function that copies a tiny model and changes values of its config; None takes one out."""

    def changed(kind: str, **values: Any) -> Path:
        folder = tmp_path / kind
        shutil.copytree(tiny(kind), folder)
        config = json.loads((folder / "config.json").read_text(encoding="utf-8")) | values
        kept = {name: value for name, value in config.items() if value is not None}
        (folder / "config.json").write_text(json.dumps(kept), encoding="utf-8")
        return folder

    return changed


CHANGES: dict[str, tuple[str, dict[str, Any]]] = {
    "no model type": ("gpt2", {"model_type": None}),
    "an unknown model type": ("gpt2", {"model_type": "gpt9"}),
    "another model type": (
        "gpt2",
        {"model_type": "llama", "hidden_size": D_MODEL, "num_hidden_layers": 2, "intermediate_size": 40},
    ),
    "a model of pictures": ("gpt2", {"model_type": "vit", "architectures": ["ViTModel"]}),
    "a model of pictures and text": ("gpt2", {"model_type": "clip", "architectures": ["CLIPModel"]}),
    "a model of sound": ("gpt2", {"model_type": "whisper", "architectures": ["WhisperForConditionalGeneration"]}),
    "a pair of models": ("gpt2", {"model_type": "encoder-decoder"}),
    "a nested description": ("gpt2", {"model_type": "llava", "text_config": {"model_type": "gpt2"}}),
    "no heads of its own": ("gpt2", {"n_head": 0}),
    "more heads than numbers": ("gpt2", {"n_head": 10**9}),
    "heads that do not divide": ("gpt2", {"n_head": 5}),
    "layers below 0": ("gpt2", {"n_layer": -1}),
    "more layers than in the file": ("gpt2", {"n_layer": 5}),
    "words for numbers": ("gpt2", {"n_layer": "three"}),
    "a list for a number": ("llama", {"num_attention_heads": [4, 4, 4]}),
    "another width": ("gpt2", {"n_embd": 28}),
    "another vocabulary": ("bert", {"vocab_size": 7}),
    "an activation nobody knows": ("gpt2", {"activation_function": "wiggle"}),
    "an old kind of positions": ("bert", {"position_embedding_type": "relative_key"}),
    "key heads that do not divide": ("llama", {"num_key_value_heads": 3}),
    "a turn nobody knows": ("llama", {"rope_parameters": {"rope_type": "spiral", "rope_theta": 1.0}}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_an_odd_description_is_answered_with_a_sentence(name: str, copy: Callable[..., Path]) -> None:
    kind, values = CHANGES[name]
    with pytest.raises((ModelRefusedError, ModelBrokenError)) as answer:
        run(str(copy(kind, **values)), TEXT)
    sentence = str(answer.value)
    assert sentence.endswith(".")
    assert "/" not in sentence
    assert "Error" not in sentence


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("kind", ["gpt2", "bert", "t5", "mamba", "phi"])
def test_weights_that_are_no_numbers_are_answered(kind: str, value: float, tiny: Tiny, tmp_path: Path) -> None:
    folder = tmp_path / kind
    shutil.copytree(tiny(kind), folder)
    weights = load_file(folder / "model.safetensors")
    for name, tensor in weights.items():
        if tensor.dtype.is_floating_point and tensor.ndim == 2:
            weights[name] = torch.full_like(tensor, value)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelBrokenError, match="no numbers"):
        run(str(folder), TEXT)


def test_one_bad_row_is_found_when_it_is_read(tiny: Tiny, tmp_path: Path) -> None:
    folder = tmp_path / "gpt2"
    shutil.copytree(tiny("gpt2"), folder)
    clean = Subject(kind="gpt2", folder=folder)
    read_id = int(clean.trace.stacks[0].ids[-1])
    weights = load_file(folder / "model.safetensors")
    weights["transformer.wte.weight"][read_id] = float("nan")
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelBrokenError, match="no numbers"):
        clean.run(TEXT)


def test_half_precision_is_read_as_float32(tiny: Tiny, tmp_path: Path) -> None:
    folder = tmp_path / "gpt2"
    shutil.copytree(tiny("gpt2"), folder)
    weights = {name: tensor.half() for name, tensor in load_file(folder / "model.safetensors").items()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    subject = Subject(kind="gpt2", folder=folder)
    assert {weight.dtype for weight in subject.loaded.module.parameters()} == {torch.float32}
    assert abs(subject.trace.attentions[0].weights.sum(axis=-1) - 1).max() < 1e-5


def test_a_head_that_is_missing_is_left_out_and_never_made_up(tiny: Tiny, tmp_path: Path) -> None:
    folder = tmp_path / "bert"
    shutil.copytree(tiny("bert"), folder)
    weights = load_file(folder / "model.safetensors")
    kept = {name: tensor for name, tensor in weights.items() if not name.startswith("cls.")}
    assert len(kept) < len(weights)
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})
    subject = Subject(kind="bert", folder=folder)
    assert type(subject.loaded.module).__name__ == "BertModel"
    assert subject.trace.stacks[0].n_layers == N_LAYERS


def test_a_layer_that_is_missing_is_answered(tiny: Tiny, tmp_path: Path) -> None:
    folder = tmp_path / "gpt2"
    shutil.copytree(tiny("gpt2"), folder)
    weights = load_file(folder / "model.safetensors")
    kept = {name: tensor for name, tensor in weights.items() if ".h.2.mlp" not in name}
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelBrokenError, match="lack 4 of its weights"):
        run(str(folder), TEXT)


def test_a_classifier_is_read_for_its_body(tiny: Tiny, tmp_path: Path) -> None:
    """A fine-tuned classifier has no language-model head; the tied one of GPT-2 must not be put in its place."""
    config = transformers.AutoConfig.from_pretrained(tiny("gpt2"))
    transformers.GPT2ForSequenceClassification(config).save_pretrained(tmp_path)
    transformers.AutoTokenizer.from_pretrained(tiny("gpt2")).save_pretrained(tmp_path)
    subject = Subject(kind="gpt2", folder=tmp_path)
    assert not subject.facts.predicts_next
    assert subject.facts.kind == "decoder"
    assert subject.trace.logits is None


def test_a_decoder_that_also_reads_ahead_is_refused(tiny: Tiny, tmp_path: Path) -> None:
    """XLNet can be loaded as a causal model, and then its queries read the tokens after them."""
    config = transformers.XLNetConfig(vocab_size=331, d_model=D_MODEL, n_layer=2, n_head=N_HEADS, d_inner=40)
    transformers.XLNetLMHeadModel(config).save_pretrained(tmp_path)
    transformers.AutoTokenizer.from_pretrained(tiny("gpt2")).save_pretrained(tmp_path)
    with pytest.raises(ModelRefusedError, match="does not read from left to right"):
        run(str(tmp_path), TEXT)


def test_a_model_with_attention_in_some_layers_only_is_refused(tiny: Tiny, tmp_path: Path) -> None:
    config = transformers.JambaConfig(
        vocab_size=331,
        hidden_size=D_MODEL,
        intermediate_size=40,
        num_hidden_layers=4,
        num_attention_heads=N_HEADS,
        num_key_value_heads=2,
        attn_layer_period=2,
        attn_layer_offset=1,
        num_experts=2,
        use_mamba_kernels=False,
        mamba_d_state=4,
        pad_token_id=1,
    )
    transformers.JambaForCausalLM(config).save_pretrained(tmp_path)
    transformers.AutoTokenizer.from_pretrained(tiny("gpt2")).save_pretrained(tmp_path)
    with pytest.raises(ModelRefusedError, match="attention weights for 2 of its 4 layers"):
        run(str(tmp_path), TEXT)


def test_a_bert_saved_as_a_decoder_reads_as_one(tiny: Tiny, tmp_path: Path) -> None:
    """Only a config that says is_decoder makes BERT hide later tokens; its class alone does not."""
    for is_decoder, kind in ((True, "decoder"), (False, "encoder")):
        folder = tmp_path / kind
        config = transformers.AutoConfig.from_pretrained(tiny("bert"))
        config.is_decoder = is_decoder
        transformers.BertLMHeadModel(config).save_pretrained(folder)
        transformers.AutoTokenizer.from_pretrained(tiny("bert")).save_pretrained(folder)
        subject = Subject(kind="bert", folder=folder)
        assert subject.facts.kind == kind
        assert subject.facts.predicts_next == is_decoder
        assert subject.trace.attentions[0].causal == is_decoder


def test_the_decoder_of_bart_alone_is_a_language_model(tiny: Tiny, tmp_path: Path) -> None:
    config = transformers.AutoConfig.from_pretrained(tiny("bart"))
    config.is_encoder_decoder, config.is_decoder = False, True
    transformers.BartForCausalLM(config).save_pretrained(tmp_path)
    transformers.AutoTokenizer.from_pretrained(tiny("bart")).save_pretrained(tmp_path)
    subject = Subject(kind="bart", folder=tmp_path)
    assert (subject.facts.kind, subject.facts.n_layers) == ("decoder", config.decoder_layers)
    assert subject.trace.attentions[0].kind == "decoder"
    assert len(subject.trace.attentions) == 1


def test_a_text_too_long_for_what_the_config_says_is_answered(copy: Callable[..., Path]) -> None:
    """A family nobody wrote a file for may have room for fewer tokens than its config says."""
    folder = copy("distilbert")
    weights = load_file(folder / "model.safetensors")
    name = "distilbert.embeddings.position_embeddings.weight"
    subject = Subject(kind="distilbert", folder=folder)
    subject.loaded.module.distilbert.embeddings.position_embeddings = torch.nn.Embedding(
        20, D_MODEL, _weight=weights[name][:20]
    )
    assert len(subject.run("the book").stacks[0].tokens) < 20
    with pytest.raises(ModelBrokenError, match="cannot read this text"):
        subject.run("the book " * 30)
