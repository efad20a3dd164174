"""The model card of a run: what a teacher must know of the model, with the figures just measured."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from headlight.model.training import comparison
from headlight.model.training.card_prose import CLEANED, COPIED_BOTH, PROSE, SOURCES
from headlight.model.training.checkpoint import Progress
from headlight.model.training.comparison import Curve
from headlight.model.training.export import Hardware
from headlight.model.training.recipes import Decoder, Encoder, Recipe, Recurrent, Translator
from headlight.model.training.report import Table, markdown
from headlight.model.training.start import Start

CARD = "MODEL_CARD.md"
MEASURED = "## What was measured"
LIMITS = "## What it cannot do"
LOSS_ROWS = 8


def write(
    folder: Path,
    recipe: Recipe,
    progress: Progress,
    tables: Sequence[Table],
    *,
    before: Start,
    n_parameters: int,
    ran_on: Hardware,
) -> None:
    """Write MODEL_CARD.md into a model's folder."""
    prose = PROSE[recipe.name]
    megabytes = sum(path.stat().st_size for path in folder.glob("*.safetensors")) / 1e6
    parts = [
        f"# {recipe.name}",
        prose.introduction,
        "\n".join(
            [
                "| | |",
                "|---|---|",
                f"| architecture | {prose.architecture} |",
                f"| size | {_size(recipe)}, {n_parameters / 1e6:.1f} million parameters |",
                f"| vocabulary | {recipe.vocab_size:,} {prose.vocabulary} |",
                f"| context | {_context(recipe)} |",
                f"| file | safetensors in half precision, {megabytes:.1f} MB; Headlight calculates in float32 |",
                "| licence | CC BY-SA 4.0, with the attributions in `model/bundled/LICENSE` |",
            ]
        ),
        "## What it learned from",
        _text(recipe, before.tokens + progress.tokens),
        "## How it was trained",
        _training(recipe, progress, before, ran_on),
        _losses(comparison.read(folder)).markdown(),
        _measured(recipe.name, tables),
        LIMITS,
        "\n".join(f"- {each}" for each in prose.limits),
    ]
    (folder / CARD).write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def renew(folder: Path, name: str, tables: Sequence[Table]) -> None:
    """Put figures that were measured anew into the card that a model's folder has."""
    path = folder / CARD
    before, rest = path.read_text(encoding="utf-8").split(MEASURED)
    limits = rest[rest.index(LIMITS) :]
    path.write_text(f"{before}{_measured(name, tables)}\n\n{limits}", encoding="utf-8")


def _measured(name: str, tables: Sequence[Table]) -> str:
    how = (
        "On text it was not trained on, with the half-precision weights that ship. "
        f"`python -m headlight.model.training evaluate {name}` measures it again."
    )
    return f"{MEASURED}\n\n{how}\n\n{markdown(tables)}"


def _training(recipe: Recipe, progress: Progress, before: Start, ran_on: Hardware) -> str:
    minutes = progress.seconds / 60
    threads = "1 thread" if ran_on.threads == 1 else f"{ran_on.threads} threads"
    began = (
        f"It went on from weights that had seen {before.tokens / 1e6:.1f} million tokens in {before.minutes:.0f} "
        "minutes, with the learning rates at their height again. "
        if before.tokens
        else ""
    )
    masked = f"{100 * recipe.masked_share:.0f} % of the tokens were masked. " if isinstance(recipe, Encoder) else ""
    return (
        f"{began}{progress.step:,} steps in {minutes:.0f} minutes on {ran_on.device} ({threads}): "
        f"{progress.tokens / 1e6:.1f} million tokens, {progress.tokens / progress.seconds:,.0f} a second. The "
        f"optimizer Muon (learning rate {recipe.matrix_learning_rate:g}, weight decay "
        f"{recipe.matrix_weight_decay:g}) moved the matrices of the layers and AdamW "
        f"({recipe.learning_rate:g}) the rest, {recipe.warmup_steps} steps of warm-up, constant to "
        f"{100 * recipe.constant_share:.0f} % of the time, then falling in a line to 0; dropout {recipe.dropout:g}. "
        f"{masked}{_calculated(progress)}`provenance.json` has every number of the recipe, the commit of the code and "
        "the checksums of what went in and came out."
    )


def _calculated(progress: Progress) -> str:
    """Return in which type the matrices were multiplied; both, for a run that went on on another device."""
    models, muons = (
        " and ".join(dict.fromkeys(getattr(each, part) for each in progress.precisions)) for part in ("model", "muon")
    )
    return f"Matrices were multiplied in {models}, Muon's in {muons}. " if progress.precisions else ""


def _losses(losses: Curve) -> Table:
    """Return the loss at a few places, from the first to the last, at about the same number of tokens apart."""
    seen = np.array([tokens for tokens, _ in losses])
    places = sorted({int(np.abs(seen - at).argmin()) for at in np.linspace(seen[0], seen[-1], LOSS_ROWS)})
    rows = tuple((f"{losses[place][0] / 1e6:.2f}", f"{losses[place][1]:.2f}") for place in places)
    return Table(
        title="Loss while it was trained",
        columns=("million tokens seen", "loss in nats"),
        rows=rows,
        note="Each is the mean of ten steps, on the training text itself.",
    )


def _size(recipe: Recipe) -> str:
    if isinstance(recipe, Translator):
        return (
            f"{recipe.n_layers} layers in the encoder and {recipe.n_decoder_layers} in the decoder, of "
            f"{recipe.n_heads} heads each, d_model {recipe.d_model}"
        )
    heads = f" × {recipe.n_heads} heads" if isinstance(recipe, Encoder | Decoder) else ""
    return f"{recipe.n_layers} layers{heads}, d_model {recipe.d_model}"


def _context(recipe: Recipe) -> str:
    if isinstance(recipe, Recurrent):
        return f"no fixed limit; trained on windows of {recipe.window} tokens"
    return f"{recipe.context} tokens"


def _text(recipe: Recipe, tokens: int) -> str:
    if isinstance(recipe, Translator):
        return (
            "Pairs of English and Spanish sentences from tatoeba.org via www.manythings.org/anki (CC BY 2.0 FR), "
            "118,917 of them, less every pair whose English is one of 1,000 held-out sentences, case and punctuation "
            "aside. (75 of the 1,000 have a Spanish sentence that also stands beside other English in training.) "
            f"Its last run also read {recipe.n_practice:,} simple sentences made by a small grammar, such as “The "
            "small dog sleeps.” (`model/training/practice.py`), in none of which “black” and “cat” meet. "
            f"It saw {tokens / 1e6:.1f} million tokens, both languages counted."
        )
    sparingly = {name.removesuffix("-00").removesuffix("-01"): share for name, share in recipe.weights}
    shares = "; ".join(f"of {name}, {100 * share:.0f} % of the documents" for name, share in sparingly.items())
    read = f" Not all is read: {shares}." if shares else ""
    copied = f" {_copied(recipe.copied_share)}" if isinstance(recipe, Decoder | Recurrent) else ""
    return f"{SOURCES}{read}{copied} It saw {tokens / 1e6:.1f} million tokens.\n\n{CLEANED}"


def _copied(share: float) -> str:
    """Return what a card says of practice in copying (`copying.py`)."""
    return (
        f"In {100 * share:.0f} % of the windows it read, drawn, a passage was written a second time over what stood "
        "further on, and half of these passages were shuffled before: practice in copying, which running text seldom "
        f"gives. {COPIED_BOTH}"
    )
