"""`python -m headlight.model.training evaluate`: every figure of the model cards, from the weights that ship."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForMaskedLM, AutoModelForSeq2SeqLM, AutoTokenizer

from headlight.model.admitting.catalog import BUNDLED, MODELS
from headlight.model.families import family_of
from headlight.model.training import comparison, filling, heads, ngrams, prediction, recipes, speed, text, translating
from headlight.model.training.report import NOT_RECOMPUTED, Table


def evaluate(folder: Path, corpus: Path | None = None) -> list[Table]:
    """Measure the model in a folder; its half-precision weights are read as float32, as the app reads them.

    The n-gram models need the training text: without a corpus folder their rows say so.
    """
    torch.manual_seed(0)
    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    causal = family_of(config.model_type).name in ("GPT-2", "LSTM")
    auto = AutoModelForSeq2SeqLM if config.is_encoder_decoder else AutoModelForMaskedLM
    module = _load(folder, AutoModelForCausalLM if causal else auto)
    if config.is_encoder_decoder:
        tables = [translating.scores(module, tokenizer), translating.examples(module, tokenizer)]
    elif causal:
        tables = _language(module, tokenizer, corpus)
        if config.model_type != "gpt2" and (folder / comparison.LOSSES).exists():
            tables.insert(0, comparison.table(folder))
    else:
        tables = [filling.table(module, tokenizer), filling.on_the_mark(module, tokenizer)]
    return [*tables, speed.table(module)]


def _load(folder: Path, auto: Any) -> Any:
    module = auto.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", use_safetensors=True, local_files_only=True
    )
    return module.eval()


def _language(module: Any, tokenizer: Any, corpus: Path | None) -> list[Table]:
    """Measure the decoder or the recurrent model; the bundled other one stands beside it."""
    texts = prediction.held_out(tokenizer)
    results = [prediction.foresee(module, each) for each in texts]
    is_decoder = module.config.model_type == "gpt2"
    other = (recipes.RECURRENT if is_decoder else recipes.DECODER).name
    beside = _load(BUNDLED / other, AutoModelForCausalLM) if (BUNDLED / other).is_dir() else None
    tables = [
        prediction.per_source(texts, results),
        _ways(prediction.row("**this model**", texts, results), (other, beside), texts, tokenizer, corpus),
        heads.copying_table({"**this model**": module} | ({other: beside} if beside else {}), tokenizer),
    ]
    return [*tables, heads.scores(module, tokenizer)] if is_decoder else tables


def _ways(
    ours: tuple[str, ...], other: tuple[str, Any], texts: list[prediction.HeldOut], tokenizer: Any, corpus: Path | None
) -> Table:
    """Return one row for each way to foresee the same tokens."""
    name, beside = other
    rows = [ours]
    if beside is not None:
        rows.append(prediction.row(name, texts, [prediction.foresee(beside, each) for each in texts]))
    counted = (f"{ngrams.ORDER}-gram, interpolated", "unigram")
    if corpus is None:
        rows += [(way, *[NOT_RECOMPUTED] * 4) for way in counted]
    else:
        counts = ngrams.count(_training_ids(tokenizer, corpus), texts, len(tokenizer))
        foreseen = (ngrams.interpolated(counts, texts), ngrams.unigram(counts, texts))
        rows += [prediction.row(way, texts, results) for way, results in zip(counted, foreseen, strict=True)]
    return Table(
        title="Beside other ways to foresee the same tokens",
        columns=("", "bits per byte", "perplexity per token", "top-1 %", "top-5 %"),
        rows=tuple(rows),
        note=(
            "The unigram guesses every token by how frequent it is in the training text; the 5-gram by what followed "
            "the same one to four tokens there. Both have counted one whole pass of the training text. The decoder and "
            "the recurrent model did not see equally many tokens: their cards say how many."
        ),
    )


def _training_ids(tokenizer: Any, corpus: Path) -> Iterator[np.ndarray]:
    """Yield the decoder's training text, a document at a time."""
    newline = tokenizer("\n", add_special_tokens=False)["input_ids"]
    chosen = text.chosen(recipes.DECODER, corpus)
    for ids, _ in text.encoded(chosen, tokenizer, between=tokenizer.bos_token_id, newline=newline):
        yield ids


def folders(names: list[str]) -> Iterator[tuple[str, Path]]:
    """Yield name and folder of bundled models (all of them when none is named), or of any folder named by its path."""
    for name in names or [entry.name for entry in MODELS]:
        bundled = BUNDLED / name
        yield name, bundled if bundled.is_dir() else Path(name)
