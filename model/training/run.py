"""One run from the corpus folder to a model folder."""

import subprocess
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer

from headlight.model.admitting.catalog import BUNDLED
from headlight.model.training import card, comparison, export, recipes, trainer
from headlight.model.training.evaluation import evaluate
from headlight.model.training.language import Language
from headlight.model.training.masking import Masking
from headlight.model.training.recipes import Decoder, Encoder, Recipe, Recurrent, Translator
from headlight.model.training.start import start_of
from headlight.model.training.task import Task
from headlight.model.training.text import PACKED
from headlight.model.training.trainer import Budget
from headlight.model.training.translation import PAIRS_FILE, Translation

ROOT = Path(__file__).parents[2]
TOKENIZER_FOLDER = "tokenizer"
TEXT_FOLDER = "text"
EXPORT_FOLDER = "export"


def train_recipe(
    recipe: Recipe,
    *,
    corpus: Path,
    out: Path,
    minutes: float | None = None,
    steps: int | None = None,
    start: Path | None = None,
    device: str = "auto",
    threads: int | None = None,
) -> Path:
    """Train a recipe, evaluate the model and write its card; return its folder, `out/export`.

    `start` is a model's folder to go on from, with its own provenance. A run that is finished is evaluated and
    exported again.
    """
    if threads is not None:
        torch.set_num_threads(threads)
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(recipe.seed)
    before = start_of(start)
    task = prepare(recipe, corpus, out, start)
    progress = trainer.train(task, recipe, out, Budget(minutes=minutes, steps=steps), device=device, commit=commit())
    folder = out / EXPORT_FOLDER
    n_parameters = task.module.num_parameters()
    export.write_model(task.module, task.tokenizer, folder)
    ran_on = export.hardware(device)
    read = [corpus / PAIRS_FILE] if isinstance(recipe, Translator) else list(corpus.glob("*" + PACKED))
    export.write_losses(before.losses, trainer.read_log(out / trainer.LOG), folder / comparison.LOSSES)
    if isinstance(recipe, Recurrent):
        comparison.draw(folder)
    export.write_provenance(
        folder, recipe, progress, read=read, start=start, before=(before.tokens, before.minutes), ran_on=ran_on
    )
    tables = evaluate(folder, corpus)
    card.write(folder, recipe, progress, tables, before=before, n_parameters=n_parameters, ran_on=ran_on)
    return folder


def prepare(recipe: Recipe, corpus: Path, out: Path, start: Path | None) -> Task:
    """Return the task of a recipe. Its tokenizer is made once, and kept beside the checkpoint."""
    kept = out / TOKENIZER_FOLDER
    folder = start or (kept if kept.exists() else None)
    if folder is None and isinstance(recipe, Recurrent):
        folder = BUNDLED / recipes.DECODER.name  # the two are compared, so they read the same tokens
    tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True) if folder else None
    task: Task
    if isinstance(recipe, Translator):
        task = Translation(recipe, corpus, tokenizer, start)
    elif isinstance(recipe, Encoder):
        task = Masking(recipe, corpus, tokenizer, start, out / TEXT_FOLDER)
    elif isinstance(recipe, Decoder | Recurrent):
        task = Language(recipe, corpus, tokenizer, start, out / TEXT_FOLDER)
    else:
        raise TypeError(f"there is no task for a {type(recipe).__name__}")
    if not kept.exists():
        task.tokenizer.save_pretrained(kept)
    return task


def commit() -> str:
    """Return the commit of the code, with "+" behind it when the files differ from it; "unknown" outside git."""
    try:
        head, state = (
            subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S603, S607
            for words in (("rev-parse", "HEAD"), ("status", "--porcelain", "--", "model"))
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return head.strip() + ("+" if state.strip() else "")
