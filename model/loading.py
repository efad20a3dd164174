"""From an admitted folder to a model in memory, checked so that what it returns can be believed."""

import hashlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    AutoModelForSeq2SeqLM,
    AutoTokenizer,
)
from transformers.models.auto.modeling_auto import (
    MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
    MODEL_FOR_MASKED_LM_MAPPING_NAMES,
    MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES,
)
from transformers.utils import logging as transformers_logging

from model import admission
from model.catalog import Source
from model.errors import HeadlightError, ModelBrokenError
from model.facts import Kind, ModelFacts
from model.families import family_of
from model.families.base import Family
from model.tokens import Speller, speller

Progress = Callable[[str], None]

transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LoadedModel:
    """A model in memory with all that is needed to read a text with it."""

    module: Any  # a transformers PreTrainedModel, in eval mode, float32, eager attention
    tokenizer: Any
    spell_token: Speller
    family: Family
    facts: ModelFacts
    forward_options: dict[str, Any]  # what its forward takes beyond IDs


def load(source: Source, progress: Progress = lambda step: None) -> LoadedModel:
    """Check and load a model. `progress` is called with the name of each step.

    Raises ModelRefusedError when the folder breaks an admission rule, ModelBrokenError when its files do not fit.
    """
    progress("Checking the files")
    config_values = admission.check_folder(source.folder)
    progress("Reading the tokenizer")
    try:
        config = AutoConfig.from_pretrained(source.folder, trust_remote_code=False, local_files_only=True)
        tokenizer = AutoTokenizer.from_pretrained(source.folder, trust_remote_code=False, local_files_only=True)
        progress("Loading the weights")
        kind, module = _load_module(source.folder, config)
    except HeadlightError:
        raise
    except Exception as error:  # transformers raises whatever a damaged file leads it into
        raise ModelBrokenError(
            "This model's files are damaged or do not fit together, so it cannot be opened. Choose another model."
        ) from error
    module.eval().requires_grad_(False)
    family = family_of(config.model_type)
    facts = _facts(source, config, kind, module, family, n_parameters=config_values.n_parameters)
    return LoadedModel(
        module=module,
        tokenizer=tokenizer,
        spell_token=speller(tokenizer),
        family=family,
        facts=facts,
        forward_options=_forward_options(module),
    )


def _load_module(folder: Path, config: Any) -> tuple[Kind, Any]:
    """Load with the head the architecture has; without it when the files hold none."""
    kind, auto_class = _auto_class(config)
    module, missing = _from_pretrained(auto_class, folder)
    if missing:  # transformers fills what is missing with random numbers; those must never be shown
        body = module.base_model_prefix
        if all(not name.startswith(f"{body}.") for name in missing) and auto_class is not AutoModel:
            module, missing = _from_pretrained(AutoModel, folder)
    if missing:
        raise ModelBrokenError(
            f"This model's files lack {len(missing)} of its weights, so it cannot be opened. Choose another model."
        )
    return kind, module


def _from_pretrained(auto_class: Any, folder: Path) -> tuple[Any, set[str]]:
    module, report = auto_class.from_pretrained(
        folder,
        attn_implementation="eager",  # the others return no attention weights
        dtype=torch.float32,
        use_safetensors=True,
        trust_remote_code=False,
        local_files_only=True,
        output_loading_info=True,
    )
    return module, set(report["missing_keys"])


def _auto_class(config: Any) -> tuple[Kind, Any]:
    """Return what kind of model a config describes, and the class that loads it.

    BERT also loads as a causal model and then gives meaningless next tokens, so encoders are told apart first.
    """
    model_type = config.model_type
    causal = any(name.endswith(("ForCausalLM", "LMHeadModel")) for name in config.architectures or ())
    if config.is_encoder_decoder and model_type in MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES:
        return "encoder-decoder", AutoModelForSeq2SeqLM
    if model_type in MODEL_FOR_MASKED_LM_MAPPING_NAMES and not causal and not getattr(config, "is_decoder", False):
        return "encoder", AutoModelForMaskedLM
    if model_type in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES:
        return ("decoder" if _n_heads(config) else "recurrent"), AutoModelForCausalLM
    return "encoder", AutoModel


def _n_heads(config: Any) -> int:
    return int(getattr(config, "num_attention_heads", 0) or 0)


def _n_decoder_layers(config: Any) -> int:
    names = ("decoder_layers", "num_decoder_layers", "num_hidden_layers")  # BART and Marian, T5, the rest
    return next(int(getattr(config, name)) for name in names if getattr(config, name, None))


def _d_head(config: Any, d_model: int, n_heads: int) -> int:
    if not n_heads:
        return 0
    return int(getattr(config, "head_dim", None) or getattr(config, "d_kv", None) or d_model // n_heads)


def _facts(
    source: Source,
    config: Any,
    kind: Kind,
    module: Any,
    family: Family,
    *,
    n_parameters: int,
) -> ModelFacts:
    n_heads = _n_heads(config)
    d_model = int(config.hidden_size)
    card = next((path for name in ("MODEL_CARD.md", "README.md") if (path := source.folder / name).is_file()), None)
    return ModelFacts(
        name=source.name,
        revision=source.commit or fingerprint(source.folder),
        family=config.model_type if family.name == "generic" else family.name,
        model_type=config.model_type,
        kind=kind,
        n_layers=int(config.num_hidden_layers),
        n_decoder_layers=_n_decoder_layers(config) if kind == "encoder-decoder" else None,
        n_heads=n_heads,
        n_kv_heads=int(getattr(config, "num_key_value_heads", None) or n_heads),
        d_model=d_model,
        d_head=_d_head(config, d_model, n_heads),
        vocab_size=int(config.vocab_size),
        context=family.context(config),
        n_parameters=n_parameters,
        position_scheme=family.position_scheme,
        predicts_next=kind != "encoder" and module.get_output_embeddings() is not None,
        cannot_show=family.cannot_show,
        card=card.read_text(encoding="utf-8", errors="replace")[:20_000] if card else None,
        card_is_ours=source.origin == "bundled",
    )


def fingerprint(folder: Path) -> str:
    """Return "sha256:" and 12 hexadecimal digits over the files that make the numbers."""
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.suffix in (".safetensors", ".json", ".model", ".txt"):
            digest.update(path.name.encode())
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return f"sha256:{digest.hexdigest()[:12]}"


def _forward_options(module: Any) -> dict[str, Any]:
    """Return what asks this model for everything a Trace holds, and for no more."""
    options: dict[str, Any] = {"output_attentions": True, "output_hidden_states": True, "return_dict": True}
    accepted = inspect.signature(module.forward).parameters
    options |= {name: value for name, value in (("use_cache", False), ("logits_to_keep", 1)) if name in accepted}
    return options
