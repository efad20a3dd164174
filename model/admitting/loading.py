"""From an admitted folder to a model in memory, checked so that what it returns can be believed."""

import hashlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModel, AutoTokenizer, GenerationConfig

from headlight.model.admitting import admission
from headlight.model.admitting.architecture import Sizes, kind_and_class, sizes
from headlight.model.admitting.facts import NO_ATTENTION, NO_LOGITS_OF_EACH, NO_MASK, Kind, ModelFacts, Source
from headlight.model.errors import HeadlightError, ModelBrokenError, ModelRefusedError
from headlight.model.families import family_of
from headlight.model.families.base import Family
from headlight.model.reading.load_check import probe
from headlight.model.reading.tokens import MAX_TOKENS, Speller, keep_typed_specials_apart, speller

MAX_WRITTEN_TOKENS = 64  # of an encoder-decoder's own output


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LoadedModel:
    """A model in memory with all that is needed to read a text with it."""

    module: Any  # a transformers PreTrainedModel, in eval mode, float32, eager attention
    tokenizer: Any
    spell_token: Speller
    marks: frozenset[int]  # IDs of special tokens, which stand for no text
    family: Family
    facts: ModelFacts
    forward_options: dict[str, Any]  # what its forward takes beyond IDs
    start_id: int | None  # the token that an encoder-decoder's decoder begins with
    greedy: GenerationConfig  # how an encoder-decoder writes a text of its own


def load(source: Source, progress: Callable[[str], None] = lambda step: None) -> LoadedModel:
    """Check and load a model. `progress` is called with the name of each step.

    Raises ModelRefusedError when the folder breaks an admission rule or the model cannot be traced truthfully,
    ModelBrokenError when its files do not fit.
    """
    progress("Checking the files")
    admission.check_folder(source.folder)
    try:
        config = AutoConfig.from_pretrained(source.folder, trust_remote_code=False, local_files_only=True)
        kind, auto_class = kind_and_class(config)
        size = sizes(config, kind)
        progress("Reading the tokenizer")
        tokenizer = _tokenizer(source.folder)
        progress("Loading the weights")
        module = _load_module(source.folder, auto_class)
        _check_tokenizer(tokenizer, module)
        family = family_of(config.model_type)
        family.prepare(module)
        forward_options = _forward_options(module)
        logits_everywhere = probe(module, family, kind, size, forward_options)
        start_id = _start_id(config, size.vocab_size) if kind == "encoder-decoder" else None
        facts = _facts(source, kind, size, module, tokenizer, family, logits_everywhere)
    except HeadlightError:
        raise
    except Exception as error:  # transformers raises whatever a damaged file leads it into
        raise ModelBrokenError(
            "This model's files are damaged or do not fit together, so it cannot be opened. Choose another model."
        ) from error
    return LoadedModel(
        module=module,
        tokenizer=tokenizer,
        spell_token=speller(tokenizer),
        marks=frozenset(tokenizer.all_special_ids),
        family=family,
        facts=facts,
        forward_options=forward_options,
        start_id=start_id,
        greedy=_greedy(config, start_id, facts.context),
    )


def _tokenizer(folder: Path) -> Any:
    no_tokenizer = ModelBrokenError(
        "This model's folder has no tokenizer that this app can read, so it cannot turn text into tokens. "
        "Choose another model."
    )
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    except Exception as error:
        raise no_tokenizer from error
    # Without its files transformers makes some tokenizers up, with special tokens and at most a space.
    if len(set(tokenizer.get_vocab()) - set(tokenizer.all_special_tokens)) < 2:
        raise no_tokenizer
    if getattr(tokenizer, "separate_vocabs", False):
        raise ModelRefusedError(
            "This model has two vocabularies, one for each language, and this app shows one. Choose another model."
        )
    keep_typed_specials_apart(tokenizer)
    return tokenizer


def _check_tokenizer(tokenizer: Any, module: Any) -> None:
    """Check that the model has a vector for every token that its tokenizer can give."""
    n_vectors = len(module.get_input_embeddings().weight)
    n_tokens = max(tokenizer.get_vocab().values()) + 1
    if n_tokens > n_vectors:
        raise ModelBrokenError(
            f"This model's tokenizer has {n_tokens:,} tokens, but the model knows only {n_vectors:,}: they do not "
            "belong together. Choose another model."
        )


def _load_module(folder: Path, auto_class: Any) -> Any:
    """Load with the head the architecture has; without it when the files hold none."""
    module, missing = _from_pretrained(auto_class, folder)
    if missing:  # transformers fills what is missing with random numbers; those must never be shown
        body = module.base_model_prefix
        if all(not name.startswith(f"{body}.") for name in missing) and auto_class is not AutoModel:
            module, missing = _from_pretrained(AutoModel, folder)
    if missing:
        raise ModelBrokenError(
            f"This model's files lack {len(missing)} of its weights, so it cannot be opened. Choose another model."
        )
    module.eval().requires_grad_(False)
    return module


def _from_pretrained(auto_class: Any, folder: Path) -> tuple[Any, set[str]]:
    module, report = auto_class.from_pretrained(
        folder,
        attn_implementation="eager",  # the others return no attention weights
        dtype=torch.float32,
        use_safetensors=True,
        trust_remote_code=False,
        local_files_only=True,
        output_loading_info=True,
        generation_config=GenerationConfig(),  # type: ignore[no-untyped-call]  # the folder's is never read
    )
    # A pooler is beside the way from text to hidden states, and many files come without.
    return module, {name for name in report["missing_keys"] if not name.startswith("pooler.")}


def _forward_options(module: Any) -> dict[str, Any]:
    """Return what asks this model for everything a Trace holds, and for no more."""
    options: dict[str, Any] = {"output_attentions": True, "output_hidden_states": True, "return_dict": True}
    accepted = inspect.signature(module.forward).parameters
    options |= {name: value for name, value in (("use_cache", False), ("logits_to_keep", 1)) if name in accepted}
    return options


def _start_id(config: Any, vocab_size: int) -> int:
    """Return the token that the decoder begins with. Raises ModelBrokenError when the config names none."""
    start = getattr(config, "decoder_start_token_id", None)
    if start is None:
        start = getattr(config, "bos_token_id", None)
    if not isinstance(start, int) or not 0 <= start < vocab_size:
        raise ModelBrokenError(
            "This model does not say with which token its decoder begins, so it cannot be run. Choose another model."
        )
    return start


def _greedy(config: Any, start_id: int | None, context: int | None) -> GenerationConfig:
    """Return the settings under which a model writes the likeliest token at every step, and the same text every time.

    Padding is never written: it is what Marian's decoder begins with, and no part of a text.
    """
    pad = getattr(config, "pad_token_id", None)
    return GenerationConfig(  # type: ignore[no-untyped-call]
        do_sample=False,
        num_beams=1,
        use_cache=True,
        max_new_tokens=min(MAX_WRITTEN_TOKENS, (context or MAX_TOKENS) - 1),  # the start token takes one place
        decoder_start_token_id=start_id,
        eos_token_id=getattr(config, "eos_token_id", None),
        pad_token_id=pad,
        suppress_tokens=None if pad is None else [pad],
    )


def _facts(
    source: Source,
    kind: Kind,
    size: Sizes,
    module: Any,
    tokenizer: Any,
    family: Family,
    logits_everywhere: bool,
) -> ModelFacts:
    config = module.config
    has_head = module.get_output_embeddings() is not None
    fills_in = kind == "encoder" and has_head
    mask = tokenizer.mask_token if fills_in and tokenizer.mask_token_id is not None else None
    cannot_show = (NO_ATTENTION,) if kind == "recurrent" else family.cannot_show
    if has_head and not logits_everywhere:
        cannot_show += (NO_LOGITS_OF_EACH,)
    if fills_in and mask is None:
        cannot_show += (NO_MASK,)
    card = next((path for name in ("MODEL_CARD.md", "README.md") if (path := source.folder / name).is_file()), None)
    return ModelFacts(
        name=source.name,
        revision=source.commit or fingerprint(source.folder),
        family=config.model_type if family.name == "generic" else family.name,
        model_type=config.model_type,
        kind=kind,
        n_layers=size.n_layers,
        n_decoder_layers=size.n_decoder_layers,
        n_heads=size.n_heads,
        n_kv_heads=size.n_kv_heads,
        d_model=size.d_model,
        d_head=size.d_head,
        vocab_size=size.vocab_size,
        context=family.context(config),
        n_parameters=sum(each.numel() for each in module.parameters()),  # shared ones once; files may hold more
        position_scheme="none" if kind == "recurrent" else family.position_scheme,
        predicts_next=kind != "encoder" and has_head,
        mask=mask,
        cannot_show=cannot_show,
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
