"""What a config says about a model before its weights are read: its kind, its sizes, the class that loads it."""

from dataclasses import dataclass
from typing import Any

from transformers import AutoModel, AutoModelForCausalLM, AutoModelForMaskedLM, AutoModelForSeq2SeqLM
from transformers.models.auto.modeling_auto import (
    MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
    MODEL_FOR_MASKED_LM_MAPPING_NAMES,
    MODEL_FOR_PRETRAINING_MAPPING_NAMES,
    MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES,
)

from headlight.model.admitting.facts import Kind
from headlight.model.errors import ModelRefusedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """The sizes of a model; those of its attention are 0 when it has none."""

    n_layers: int  # of the encoder, for an encoder-decoder
    n_decoder_layers: int | None  # encoder-decoder only
    n_heads: int
    n_kv_heads: int
    d_model: int
    d_head: int
    vocab_size: int


def kind_and_class(config: Any) -> tuple[Kind, Any]:
    """Return what kind of model a config describes, and the class that loads it, with a head if it was saved with one.

    BERT also loads as a causal model and then gives meaningless next tokens, so encoders are told apart first.
    Raises ModelRefusedError for a model that reads something else than one text from left to right or as a whole.
    """
    model_type = config.model_type
    if config.sub_configs or getattr(config, "position_embedding_type", None) not in (None, "absolute"):
        raise _refusal(model_type)
    kind: Kind
    auto: Any
    if config.is_encoder_decoder:
        kind, classes, auto = "encoder-decoder", MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES, AutoModelForSeq2SeqLM
    elif model_type in MODEL_FOR_MASKED_LM_MAPPING_NAMES and not getattr(config, "is_decoder", False):
        kind, classes, auto = "encoder", MODEL_FOR_MASKED_LM_MAPPING_NAMES, AutoModelForMaskedLM
    else:
        kind, classes, auto = "decoder", MODEL_FOR_CAUSAL_LM_MAPPING_NAMES, AutoModelForCausalLM
        if not n_heads(config):
            kind = "recurrent"
    if model_type not in classes:
        raise _refusal(model_type)
    return kind, auto if _saved_with_head(config, classes) else AutoModel


def _refusal(model_type: str) -> ModelRefusedError:
    return ModelRefusedError(
        f"This app cannot trace models of the kind {model_type!r}. Choose one that reads text: a decoder like GPT-2, "
        "an encoder like BERT, or an encoder-decoder like T5."
    )


def _saved_with_head(config: Any, classes: Any) -> bool:
    """Return whether the class that was saved has a language-model head; when the config names none, it is tried."""
    saved = set(config.architectures or ())
    with_head = {classes[config.model_type], MODEL_FOR_PRETRAINING_MAPPING_NAMES.get(config.model_type)}
    return not saved or bool(saved & with_head) or any(name.endswith("LMHeadModel") for name in saved)


def n_heads(config: Any) -> int:
    """Return how many query heads a layer has; 0 for a model without attention."""
    return int(getattr(config, "num_attention_heads", 0) or 0)


def sizes(config: Any, kind: Kind) -> Sizes:
    """Return the sizes that a config states. Raises ModelRefusedError when one of them is missing or no number."""
    try:
        d_model, heads = int(config.hidden_size), n_heads(config) if kind != "recurrent" else 0
        n_layers = int(config.num_hidden_layers)
        if kind == "decoder":  # of BART's decoder alone, num_hidden_layers still counts the encoder's
            n_layers = int(getattr(config, "decoder_layers", None) or n_layers)
        return Sizes(
            n_layers=n_layers,
            n_decoder_layers=_n_decoder_layers(config) if kind == "encoder-decoder" else None,
            n_heads=heads,
            n_kv_heads=_n_kv_heads(config, heads),
            d_model=d_model,
            d_head=_d_head(config, d_model, heads),
            vocab_size=int(config.vocab_size),
        )
    except (AttributeError, TypeError, ValueError) as error:
        raise ModelRefusedError(
            "This model's description does not state its sizes in a way this app can read. Choose another model."
        ) from error


def _n_decoder_layers(config: Any) -> int:
    names = ("decoder_layers", "num_decoder_layers", "num_hidden_layers")  # BART and Marian, T5, the rest
    return next(int(getattr(config, name)) for name in names if getattr(config, name, None))


def _n_kv_heads(config: Any, heads: int) -> int:
    if getattr(config, "multi_query", False) and not getattr(config, "new_decoder_architecture", False):
        return min(1, heads)  # the first Falcons and GPT-BigCode: one key and value for all heads
    return min(heads, int(getattr(config, "num_key_value_heads", None) or heads))


def _d_head(config: Any, d_model: int, heads: int) -> int:
    if not heads:
        return 0
    return int(getattr(config, "head_dim", None) or getattr(config, "d_kv", None) or d_model // heads)
