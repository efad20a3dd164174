"""Folders that are broken or hostile: each refused with a sentence, nothing run, and the app goes on."""

import json
import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from safetensors.numpy import save_file

from headlight.model.admitting import admission
from headlight.model.admitting.admission import check_folder
from headlight.model.errors import HeadlightError, ModelBrokenError, ModelRefusedError
from headlight.model.run import run
from tests.model.folders import change_json, write_tiny_model

Spoil = Callable[[Path], None]
WEIGHTS = "model.safetensors"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def folder(tiny: Path, tmp_path: Path) -> Path:
    return shutil.copytree(tiny, tmp_path / "model")


def sets(file: str = "config.json", **values: Any) -> Spoil:
    return lambda folder: change_json(folder / file, **values)


def writes(file: str, content: bytes) -> Spoil:
    def spoil(folder: Path) -> None:
        (folder / file).write_bytes(content)

    return spoil


def removes(file: str) -> Spoil:
    return lambda folder: (folder / file).unlink()


def cuts(n_bytes: int) -> Spoil:
    return lambda folder: os.truncate(folder / WEIGHTS, (folder / WEIGHTS).stat().st_size - n_bytes)


def header(described: Any, length: int | None = None) -> bytes:
    text = json.dumps(described).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text


class Exploit:
    """A pickle that would leave a file behind when it is opened."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.mkdir, (str(self.marker),))


def only_a_pickle(folder: Path) -> None:
    (folder / WEIGHTS).unlink()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Exploit(folder.parent / "exploited")))


def pickle_named_as_weights(folder: Path) -> None:
    (folder / WEIGHTS).write_bytes(pickle.dumps(Exploit(folder.parent / "exploited")))


def code_beside(folder: Path) -> None:
    """Everything that `trust_remote_code` would run."""
    marker = folder.parent / "exploited"
    (folder / "evil.py").write_text(f"import os\nos.mkdir({str(marker)!r})\nclass Evil: pass\n")
    change_json(folder / "config.json", auto_map={"AutoConfig": "evil.Evil", "AutoModelForCausalLM": "evil.Evil"})


def link_out(name: str) -> Spoil:
    def spoil(folder: Path) -> None:
        target = folder.parent / "secret.txt"
        target.write_text('{"secret": 1}')
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(target)

    return spoil


def pipe(folder: Path) -> None:
    (folder / "config.json").unlink()
    os.mkfifo(folder / "config.json")


def wrong_shape(folder: Path) -> None:
    from safetensors.numpy import load_file

    tensors = load_file(folder / WEIGHTS)
    tensors["transformer.wpe.weight"] = np.zeros((64, 13), np.float32)
    save_file(tensors, folder / WEIGHTS, metadata={"format": "pt"})


def many_tensors(folder: Path) -> None:
    save_file({f"t{n}": np.zeros(1, np.float16) for n in range(admission.MAX_TENSORS + 1)}, folder / WEIGHTS)


def index_of(weight_map: Any) -> Spoil:
    def spoil(folder: Path) -> None:
        (folder / WEIGHTS).rename(folder / "model-00001-of-00002.safetensors")
        (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))

    return spoil


def huge_file(folder: Path) -> None:
    os.truncate(folder / "tokenizer.json", admission.MAX_TEXT_FILE_BYTES + 1)


SHARD = "model-00001-of-00002.safetensors"
DEEP = b'{"a":' * 100_000 + b"1" + b"}" * 100_000

CASES: dict[str, tuple[Spoil, type[HeadlightError], str]] = {
    "no config": (removes("config.json"), ModelBrokenError, "no config.json"),
    "config is no JSON": (writes("config.json", b"{"), ModelBrokenError, "config.json is damaged"),
    "config is no text": (writes("config.json", b"\xff\xfe\x00"), ModelBrokenError, "config.json is damaged"),
    "config is a list": (writes("config.json", b"[]"), ModelBrokenError, "holds no settings"),
    "config too deep": (writes("config.json", DEEP), ModelBrokenError, "config.json is damaged"),
    "config too large": (writes("config.json", b" " * (2**20 + 1) + b"{}"), ModelRefusedError, "config.json is too"),
    "config is a pipe": (pipe, ModelRefusedError, "no file"),
    "code in auto_map": (code_beside, ModelRefusedError, "code of its own"),
    "auto_map below": (sets(text_config={"auto_map": {"AutoModel": "x--y"}}), ModelRefusedError, "code of its own"),
    "auto_map of a tokenizer": (
        sets("tokenizer_config.json", auto_map={"AutoTokenizer": ["evil.Evil", None]}),
        ModelRefusedError,
        "code of its own",
    ),
    "attention by name": (
        sets(_attn_implementation_internal="evil/kernel"),
        ModelRefusedError,
        "code of its own",
    ),
    "attention by name, below": (
        sets(decoder={"attn_implementation": {"": "evil/kernel"}}),
        ModelRefusedError,
        "code of its own",
    ),
    "experts by name": (sets(experts_implementation="evil/kernel"), ModelRefusedError, "code of its own"),
    "tokenizer_config is no JSON": (
        writes("tokenizer_config.json", b"{"),
        ModelBrokenError,
        "tokenizer_config.json is damaged",
    ),
    "tokenizer elsewhere": (sets("tokenizer_config.json", vocab_file="/etc/passwd"), ModelRefusedError, "outside"),
    "adapter": (
        writes("adapter_config.json", b'{"base_model_name_or_path": "evil/model"}'),
        ModelRefusedError,
        "an adapter",
    ),
    "a pickle only": (only_a_pickle, ModelRefusedError, "can hide programs"),
    "a pickle named as weights": (pickle_named_as_weights, ModelBrokenError, "weights are damaged"),
    "no weights": (removes(WEIGHTS), ModelRefusedError, "no safetensors weights"),
    "empty weights": (writes(WEIGHTS, b""), ModelBrokenError, "weights are damaged"),
    "weights without tensors": (writes(WEIGHTS, header({})), ModelBrokenError, "weights are empty"),
    "header of 10^12 bytes": (writes(WEIGHTS, header({}, 10**12)), ModelBrokenError, "weights are damaged"),
    "header of 2^64 - 1 bytes": (writes(WEIGHTS, header({}, 2**64 - 1)), ModelBrokenError, "weights are damaged"),
    "header of 11 MB": (writes(WEIGHTS, header({"a": "x" * 11_000_000})), ModelRefusedError, "table of contents"),
    "too many tensors": (many_tensors, ModelRefusedError, "5,001 pieces"),
    "offsets beyond the end": (
        writes(WEIGHTS, header({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}) + b"1234"),
        ModelBrokenError,
        "weights are damaged",
    ),
    "shape beyond its bytes": (
        writes(WEIGHTS, header({"a": {"dtype": "F32", "shape": [2**40, 2**40], "data_offsets": [0, 4]}}) + b"1234"),
        ModelBrokenError,
        "weights are damaged",
    ),
    "cut short": (cuts(100), ModelBrokenError, "weights are damaged"),
    "wrong shape": (wrong_shape, ModelBrokenError, "do not fit together"),
    "index is a list": (index_of([]), ModelBrokenError, "does not fit"),
    "index leads out": (index_of({"a": "../../etc/x.safetensors"}), ModelBrokenError, "does not fit"),
    "index names no file": (index_of({"a": "model-00002-of-00002.safetensors"}), ModelBrokenError, "does not fit"),
    "index names no tensor": (index_of({"a": SHARD}), ModelBrokenError, "does not fit"),
    "link out, config": (link_out("config.json"), ModelRefusedError, "link to a place outside"),
    "link out, card": (link_out("README.md"), ModelRefusedError, "link to a place outside"),
    "link out, weights": (link_out(WEIGHTS), ModelRefusedError, "link to a place outside"),
    "huge tokenizer": (huge_file, ModelRefusedError, "too large to be read whole"),
    "no model_type": (lambda folder: writes("config.json", b"{}")(folder), ModelBrokenError, "what kind of model"),
    "unknown model_type": (sets(model_type="gpt99"), ModelRefusedError, "“gpt99”"),
    "model_type that turns code on": (sets(model_type="lightglue"), ModelRefusedError, "“lightglue”"),
    "model_type is a list": (sets(model_type=["gpt2"]), ModelRefusedError, "does not know the kind"),
    "quantised": (sets(quantization_config={"quant_method": "gptq", "bits": 4}), ModelRefusedError, "quantised"),
    "negative heads": (sets(n_head=-3), ModelBrokenError, "n_head"),
    "no layers": (sets(n_layer=0), ModelBrokenError, "n_layer is 0"),
    "layers are a text": (sets(n_layer="2"), ModelBrokenError, "n_layer"),
    "10^9 heads": (sets(n_head=10**9), ModelRefusedError, "n_head of 1,000,000,000"),
    "33 layers of 32 heads": (sets(n_layer=33, n_head=32), ModelRefusedError, "33 layers of 32 heads"),
    "10^9 positions": (sets(n_positions=10**9), ModelRefusedError, "n_positions"),
    "10^9 words": (sets(vocab_size=10**9), ModelRefusedError, "vocab_size"),
    "layers as wide as the sea": (sets(n_inner=5 * 10**7), ModelRefusedError, "n_inner"),
    "wider than its weights": (sets(n_inner=2**18), ModelBrokenError, "describes a model of 13 million"),
    "longer than its weights": (sets(n_positions=2**22), ModelBrokenError, "describes a model of 50 million"),
    "heads that do not divide": (sets(n_head=7), ModelBrokenError, "cannot be built"),
    "tokenizer is no JSON": (writes("tokenizer.json", b"{"), ModelBrokenError, "no tokenizer that this app can read"),
    "no tokenizer": (removes("tokenizer.json"), ModelBrokenError, "no tokenizer that this app can read"),
}


@pytest.mark.parametrize(("spoil", "kind", "sentence"), CASES.values(), ids=CASES)
def test_a_broken_or_hostile_folder_is_refused_with_a_sentence(
    folder: Path, spoil: Spoil, kind: type[HeadlightError], sentence: str
) -> None:
    spoil(folder)
    before = psutil.Process().memory_info().rss
    with pytest.raises(kind, match=sentence.replace("(", r"\(").replace("^", r"\^")) as refused:
        run(str(folder), "the")
    assert not (folder.parent / "exploited").exists()
    assert str(folder) not in str(refused.value)
    assert str(refused.value).endswith(".")
    assert psutil.Process().memory_info().rss - before < 300_000_000
    assert run("headlight-decoder", "alive").text == "alive"


def test_a_sound_folder_is_admitted_and_read(folder: Path) -> None:
    report = check_folder(folder)
    assert report.config["n_embd"] == 12
    assert report.n_bytes == (folder / WEIGHTS).stat().st_size
    assert run(str(folder), "the").attentions[0].weights.shape[:2] == (2, 3)


def test_parameters_are_counted_as_the_module_has_them(folder: Path) -> None:
    from transformers import AutoModelForCausalLM

    module = AutoModelForCausalLM.from_pretrained(folder)
    assert check_folder(folder).n_parameters == sum(each.numel() for each in module.parameters())


def test_weights_in_several_files_are_admitted(tmp_path: Path) -> None:
    folder = write_tiny_model(tmp_path / "sharded", max_shard_size="100KB")
    assert len(list(folder.glob("*.safetensors"))) > 1
    assert run(str(folder), "the").model_name == str(folder)


def test_what_else_lies_beside_is_ignored(folder: Path) -> None:
    (folder / "onnx").mkdir()
    (folder / "onnx" / "model.bin").write_bytes(b"x")
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Exploit(folder.parent / "exploited")))
    (folder / "modeling_evil.py").write_text("raise SystemExit")
    run(str(folder), "the")
    assert not (folder.parent / "exploited").exists()


def test_settings_that_are_not_read_may_be_damaged(folder: Path) -> None:
    (folder / "generation_config.json").write_bytes(b"{")
    assert check_folder(folder).n_parameters


def test_known_attention_names_are_no_code(folder: Path) -> None:
    change_json(folder / "config.json", _attn_implementation_autoset=True, attn_implementation="sdpa")
    assert check_folder(folder).n_parameters


def test_links_within_a_cache_of_the_hub_are_followed(folder: Path) -> None:
    snapshot = folder.parent / "models--a--b" / "snapshots" / ("0" * 40)
    blobs = snapshot.parents[1] / "blobs"
    snapshot.mkdir(parents=True)
    blobs.mkdir()
    for number, path in enumerate(sorted(folder.iterdir())):
        path.rename(blobs / str(number))
        (snapshot / path.name).symlink_to(f"../../blobs/{number}")
    assert check_folder(snapshot).n_parameters
    (snapshot / "README.md").symlink_to(folder.parent)
    (snapshot / "merges.txt").symlink_to("/etc/hostname")
    with pytest.raises(ModelRefusedError, match="link"):
        check_folder(snapshot)


def test_sizes_above_the_limits_are_refused_from_the_header_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission, "MAX_PARAMETERS", 10_000)
    with pytest.raises(ModelRefusedError, match="million parameters"):
        check_folder(folder)
    monkeypatch.setattr(admission, "MAX_WEIGHT_BYTES", 10_000)
    with pytest.raises(ModelRefusedError, match="GB large"):
        check_folder(folder)


def test_the_bundled_models_are_admitted() -> None:
    from headlight.model.admitting import catalog

    for entry in catalog.MODELS:
        assert check_folder(catalog.BUNDLED / entry.name).n_parameters
