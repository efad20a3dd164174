"""The rules a model folder must meet before anything in it is executed or allocated (science notes, C1).

Read are the folder's list of files, its small JSON files and the headers of its weights. Then the architecture the
config describes is built without memory for its weights, because a config of a few bytes can ask for terabytes.
"""

import json
import math
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from transformers import AutoConfig, AutoModel, AutoModelForCausalLM, AutoModelForMaskedLM, AutoModelForSeq2SeqLM
from transformers.models.auto.modeling_auto import (
    MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
    MODEL_FOR_MASKED_LM_MAPPING_NAMES,
    MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES,
    MODEL_MAPPING_NAMES,
)

from headlight.model.errors import ModelBrokenError, ModelRefusedError

MAX_PARAMETERS = 400_000_000  # in memory they are float32: 1.6 GB
MAX_WEIGHT_BYTES = 1_000_000_000  # of the safetensors files
MAX_HEADS = 1_024  # of all layers together: each is an attention map
MAX_HEADER_BYTES = 10 * 2**20  # of one safetensors file; the library itself allows 100 MB
MAX_TENSORS = 5_000
MAX_CONFIG_BYTES = 2**20
MAX_TEXT_FILE_BYTES = 64 * 2**20  # of a tokenizer's or any other file that is read whole
MAX_POSITIONS = 2**24  # where they have rows in a table, those are counted as parameters too
MAX_VOCABULARY = 2**21
MAX_WIDTH = 2**18

SINGLE_FILE = "model.safetensors"
INDEX_FILE = "model.safetensors.index.json"
PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".h5", ".msgpack", ".ot")
READ_FILES = (".json", ".txt", ".model", ".spm", ".jinja", ".md", ".safetensors")  # what the app or a library opens

# What the numbers of a config are called in the configs of transformers, all families together.
LAYER_KEYS = frozenset(
    {"num_hidden_layers", "n_layer", "n_layers", "num_layers", "encoder_layers", "decoder_layers", "num_decoder_layers"}
)
HEAD_KEYS = frozenset(
    {
        "num_attention_heads",
        "n_head",
        "n_heads",
        "num_heads",
        "encoder_attention_heads",
        "decoder_attention_heads",
        "num_key_value_heads",
    }
)
WIDTH_KEYS = frozenset(
    {
        "hidden_size",
        "n_embd",
        "n_inner",
        "d_model",
        "d_ff",
        "d_kv",
        "head_dim",
        "dim",
        "hidden_dim",
        "ffn_dim",
        "intermediate_size",
        "embedding_size",
        "ffn_hidden_size",
        "encoder_ffn_dim",
        "decoder_ffn_dim",
        "word_embed_proj_dim",
        "type_vocab_size",
    }
)
POSITION_KEYS = frozenset({"max_position_embeddings", "n_positions", "n_ctx", "max_seq_len", "max_sequence_length"})
KNOWN_ATTENTION = frozenset({"eager", "sdpa", "flash_attention_2", "flash_attention_3", "flex_attention"})

OTHER = "Choose another model."


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderReport:
    """What the check read of a folder."""

    config: dict[str, Any]
    n_parameters: int  # counted from the headers of the safetensors files
    n_bytes: int  # of the safetensors files


def check_folder(folder: Path) -> FolderReport:
    """Check a model folder against the admission rules.

    Raises ModelRefusedError when a rule is broken, ModelBrokenError when a file is damaged or missing.
    """
    try:
        _check_files(folder)
        config = check_settings(folder)
        weights = _weight_files(folder)
        n_parameters = sum(_count_parameters(path, tensors) for path, tensors in weights.items())
        n_bytes = sum(path.stat().st_size for path in weights)
    except OSError as error:
        raise ModelBrokenError(f"This model's files cannot be read. {OTHER}") from error
    check_size(n_bytes=n_bytes, n_parameters=n_parameters)
    if not n_parameters:
        raise ModelBrokenError(f"This model's weights are empty. {OTHER}")
    _check_built(folder, config["model_type"], n_parameters)
    return FolderReport(config=config, n_parameters=n_parameters, n_bytes=n_bytes)


def check_size(*, n_bytes: int, n_parameters: int = 0) -> None:
    """Refuse weights above the limits; also asked before a download. Raises ModelRefusedError."""
    if n_bytes > MAX_WEIGHT_BYTES:
        raise ModelRefusedError(
            f"This model's weights are {n_bytes / 1e9:,.1f} GB large. This app opens models of up to "
            f"{MAX_WEIGHT_BYTES / 1e9:g} GB: choose a smaller one."
        )
    if n_parameters > MAX_PARAMETERS:
        raise ModelRefusedError(
            f"This model has {n_parameters / 1e6:,.0f} million parameters. This app opens models of up to "
            f"{MAX_PARAMETERS / 1e6:.0f} million: choose a smaller one."
        )


def check_settings(folder: Path) -> dict[str, Any]:
    """Check the settings that are read of a folder, whose weights need not be there, and return its config.json.

    Raises as `check_folder` does.
    """
    config = _read_object(folder / "config.json", MAX_CONFIG_BYTES)
    check_config(config)
    tokenizer_config = folder / "tokenizer_config.json"
    if tokenizer_config.exists():
        _refuse_code(_read_object(tokenizer_config, MAX_TEXT_FILE_BYTES))
    return config


def check_config(config: dict[str, Any]) -> None:
    """Check a config.json: no code, a kind of model that reads text, sizes that can be.

    Raises ModelRefusedError when a rule is broken, ModelBrokenError when a number cannot be.
    """
    _refuse_code(config)
    if "model_type" not in config:
        raise ModelBrokenError(f"This model's config.json does not say what kind of model it is. {OTHER}")
    for each in _dictionaries(config):
        if "model_type" in each and each["model_type"] not in tuple(text_model_types()):  # it need not be hashable
            kind = str(each["model_type"])[:40]
            raise ModelRefusedError(
                f"This app opens models that read text, and does not know the kind “{kind}”. {OTHER}"
            )
        if each.get("quantization_config"):
            raise ModelRefusedError(
                f"This model's weights are stored in shortened (quantised) form, which this app cannot read. {OTHER}"
            )
        _check_numbers(each)


@cache
def text_model_types() -> frozenset[str]:
    """Return every `config.model_type` of transformers that reads text and has a language-model head."""
    return frozenset(
        (
            *MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
            *MODEL_FOR_MASKED_LM_MAPPING_NAMES,
            *MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES,
        )
    )


def _check_files(folder: Path) -> None:
    """Check what lies in the folder itself: plain files that lead nowhere else, and are not too large to be read."""
    root = _root(folder)
    for path in sorted(folder.iterdir()):
        if path.name == "adapter_config.json":
            raise ModelRefusedError(
                "This is an addition to another model (an adapter), which can only be opened together with that one. "
                f"{OTHER}"
            )
        if path.suffix not in READ_FILES or path.is_dir():
            continue
        if not path.resolve().is_relative_to(root):
            raise ModelRefusedError(
                "A file of this model is a link to a place outside the model's folder, where this app does not read. "
                "Put a copy of the file in its place, or choose another model."
            )
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise ModelRefusedError(f"This model's folder holds something that is no file. {OTHER}")
        if path.suffix != ".safetensors" and found.st_size > MAX_TEXT_FILE_BYTES:
            raise ModelRefusedError(
                f"A file of this model is {found.st_size / 1e6:,.0f} MB large, which is too large to be read whole. "
                f"{OTHER}"
            )


def _root(folder: Path) -> Path:
    """Return the folder that links in a model's folder may lead to: the Hub's cache keeps the files of all snapshots
    in one place beside them, and whoever runs the server may share files within HEADLIGHT_MODELS.
    """
    from huggingface_hub import constants

    folder = folder.resolve()
    for place in (constants.HF_HUB_CACHE, os.environ.get("HEADLIGHT_MODELS")):
        if place and folder.is_relative_to(root := Path(place).resolve()):
            return root
    if folder.parent.name == "snapshots" and folder.parent.parent.name.startswith("models--"):
        return folder.parent.parent  # a Hub cache somewhere else
    return folder


def _read_object(path: Path, max_bytes: int) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            raw = file.read(max_bytes + 1)
    except FileNotFoundError:
        raise ModelBrokenError(f"This model has no {path.name}, so it cannot be opened. {OTHER}") from None
    if len(raw) > max_bytes:
        raise ModelRefusedError(f"This model's {path.name} is too large to be a real one. {OTHER}")
    try:
        read = json.loads(raw.decode())
    except (ValueError, RecursionError):
        raise ModelBrokenError(f"This model's {path.name} is damaged: it cannot be read. {OTHER}") from None
    if not isinstance(read, dict):
        raise ModelBrokenError(f"This model's {path.name} is damaged: it holds no settings. {OTHER}")
    return read


def _dictionaries(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every JSON object in a value, however deep."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            yield each
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)


def _refuse_code(settings: dict[str, Any]) -> None:
    """Refuse what makes transformers load code, or a file of another place, by name."""
    for each in _dictionaries(settings):
        for key, value in each.items():
            names_code = "_implementation" in key and not (
                value is None or isinstance(value, bool) or value in tuple(KNOWN_ATTENTION)
            )
            if key == "auto_map" or names_code:
                raise ModelRefusedError(f"This model wants to run code of its own, which this app never does. {OTHER}")
            if key in ("vocab_file", "merges_file", "fast_tokenizer_files") and any(
                separator in str(value) for separator in "/\\"
            ):
                raise ModelRefusedError(f"This model's tokenizer names a file outside the model's folder. {OTHER}")


def _check_numbers(config: dict[str, Any]) -> None:
    most = {
        **dict.fromkeys(LAYER_KEYS | HEAD_KEYS, MAX_HEADS),
        **dict.fromkeys(WIDTH_KEYS, MAX_WIDTH),
        **dict.fromkeys(POSITION_KEYS, MAX_POSITIONS),
        "vocab_size": MAX_VOCABULARY,
    }
    numbers = {key: config[key] for key in sorted(most.keys() & config.keys()) if config[key] is not None}
    for key, value in numbers.items():
        if isinstance(value, list):  # some families give one number for each layer
            continue
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise ModelBrokenError(f"This model's config.json is damaged: its {key} is no number that can be. {OTHER}")
        if value == 0 and key in LAYER_KEYS | HEAD_KEYS and key != "num_key_value_heads":
            raise ModelBrokenError(f"This model's config.json is damaged: its {key} is 0. {OTHER}")
        if value > most[key]:
            raise ModelRefusedError(
                f"This model's config.json asks for a {key} of {value:,}. This app opens models with up to "
                f"{most[key]:,}: choose a smaller one."
            )
    layers = max((numbers[key] for key in LAYER_KEYS & numbers.keys() if isinstance(numbers[key], int)), default=1)
    heads = max((numbers[key] for key in HEAD_KEYS & numbers.keys() if isinstance(numbers[key], int)), default=1)
    if layers * heads > MAX_HEADS:
        raise ModelRefusedError(
            f"This model has {layers:,} layers of {heads:,} heads. This app opens models with up to {MAX_HEADS:,} "
            "heads in all: choose a smaller one."
        )


def _weight_files(folder: Path) -> dict[Path, frozenset[str]]:
    """Return the safetensors files that transformers would load, each with the tensors an index promises in it."""
    if (folder / SINGLE_FILE).is_file():
        return {folder / SINGLE_FILE: frozenset()}
    if (folder / INDEX_FILE).is_file():
        return _indexed_files(folder)
    if any(path.suffix in PICKLES for path in folder.iterdir()):
        raise ModelRefusedError(
            "This model has no safetensors weights, only a format that can hide programs, which this app does not "
            f"open. {OTHER}"
        )
    raise ModelRefusedError(f"This model has no safetensors weights (no {SINGLE_FILE}). {OTHER}")


def _indexed_files(folder: Path) -> dict[Path, frozenset[str]]:
    damaged = ModelBrokenError(f"The index of this model's weights does not fit its files. {OTHER}")
    index = _read_object(folder / INDEX_FILE, MAX_HEADER_BYTES).get("weight_map")
    if not isinstance(index, dict) or not index:
        raise damaged
    tensors: dict[Path, set[str]] = {}
    for tensor, name in index.items():
        if not isinstance(name, str) or Path(name).name != name or "\\" in name or not name.endswith(".safetensors"):
            raise damaged
        tensors.setdefault(folder / name, set()).add(tensor)
    if not all(path.is_file() for path in tensors):
        raise damaged
    return {path: frozenset(names) for path, names in sorted(tensors.items())}


def _count_parameters(path: Path, promised: frozenset[str]) -> int:
    """Return the number of numbers in a safetensors file, after the library has checked its header against its size."""
    damaged = ModelBrokenError(
        f"This model's weights are damaged: {path.name} is cut short or no safetensors file. {OTHER}"
    )
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
    if length > path.stat().st_size - 8:
        raise damaged
    if length > MAX_HEADER_BYTES:
        raise ModelRefusedError(f"The table of contents of this model's weights is too large to be a real one. {OTHER}")
    try:
        with safe_open(path, framework="np") as opened:
            names = opened.keys()
            if len(names) > MAX_TENSORS:
                raise ModelRefusedError(
                    f"This model's weights come in {len(names):,} pieces. This app opens models with up to "
                    f"{MAX_TENSORS:,}: choose another."
                )
            if not promised <= set(names):
                raise ModelBrokenError(f"The index of this model's weights does not fit its files. {OTHER}")
            return sum(math.prod(opened.get_slice(name).get_shape()) for name in names)
    except SafetensorError:
        raise damaged from None


def _check_built(folder: Path, model_type: str, n_parameters: int) -> None:
    """Build the architecture on PyTorch's meta device, where tensors have a shape and no memory, and compare its size.

    transformers allocates what a config asks for before it finds that the file holds less: a file of 30 kB whose
    config asks for a feed-forward layer of 5 * 10^7 made it take 19 GB.
    """
    auto_class = next(
        found
        for types, found in (
            (MODEL_MAPPING_NAMES, AutoModel),
            (MODEL_FOR_CAUSAL_LM_MAPPING_NAMES, AutoModelForCausalLM),
            (MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES, AutoModelForSeq2SeqLM),
            (MODEL_FOR_MASKED_LM_MAPPING_NAMES, AutoModelForMaskedLM),
        )
        if model_type in types
    )
    try:
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
        with torch.device("meta"):
            body = auto_class.from_config(config, attn_implementation="eager", trust_remote_code=False)  # type: ignore[no-untyped-call]
    except Exception as error:  # transformers raises whatever a damaged config leads it into
        raise ModelBrokenError(f"This model's config.json describes a model that cannot be built. {OTHER}") from error
    n_built = sum(tensor.numel() for tensors in (body.parameters(), body.buffers()) for tensor in tensors)
    if n_built > 2 * n_parameters + 10_000_000:  # shared weights are stored once, some tables are not stored
        raise ModelBrokenError(
            f"This model's config.json describes a model of {n_built / 1e6:,.0f} million parameters, but its weights "
            f"are {n_parameters / 1e6:,.1f} million. {OTHER}"
        )
