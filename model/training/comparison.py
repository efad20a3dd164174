"""The recurrent model beside the decoder, at the same number of tokens seen: two losses on the same training text."""

import csv
from collections.abc import Sequence
from pathlib import Path

from headlight.model.admitting.catalog import BUNDLED
from headlight.model.training import curve, recipes
from headlight.model.training.report import Table

LOSSES = "loss.csv"  # tokens seen and loss, beside the weights
PICTURE = "compared.svg"
MOST_ROWS = 6
NEAR = 0.05  # a loss is the mean of the lines of the log within this share of the number of tokens

Curve = Sequence[tuple[int, float]]  # tokens seen, loss in nats


def read(folder: Path) -> Curve:
    """Return the losses that are kept in a model's folder."""
    with (folder / LOSSES).open(newline="") as file:
        return [(int(row["tokens"]), float(row["loss"])) for row in csv.DictReader(file)]


def draw(folder: Path) -> None:
    """Draw the losses of a model in a folder and of the bundled decoder into one picture, beside the model."""
    svg = curve.svg({recipes.DECODER.name: read(BUNDLED / recipes.DECODER.name), recipes.RECURRENT.name: read(folder)})
    (folder / PICTURE).write_text(svg, encoding="utf-8")


def table(folder: Path) -> Table:
    """Return both losses where both are known."""
    decoder, ours = read(BUNDLED / recipes.DECODER.name), read(folder)
    seen = (decoder[-1][0], ours[-1][0])
    known = min(([at for at, _ in losses if at <= min(seen)] for losses in (decoder, ours)), key=len)
    every = max(1, len(known) // MOST_ROWS)
    rows = [(f"{at / 1e6:.1f}", f"{_near(decoder, at):.2f}", f"{_near(ours, at):.2f}") for at in known[::-every][::-1]]
    rows.append(("all it saw", f"{decoder[-1][1]:.2f}", f"{ours[-1][1]:.2f}"))
    return Table(
        title="Beside the decoder, by tokens seen",
        columns=("million tokens seen", f"loss of {recipes.DECODER.name}", f"loss of {recipes.RECURRENT.name}"),
        rows=tuple(rows),
        note=(
            f"In nats, on the training text. In all, the decoder saw {seen[0] / 1e6:.1f} million tokens and this model "
            f"{seen[1] / 1e6:.1f}; nothing is claimed beyond what both have seen. Near its end a run has a small "
            f"learning rate, which lowers its loss: this model's was falling from {0.6 * seen[1] / 1e6:.1f} million "
            f"on, the decoder's was not yet. `{PICTURE}` shows both curves."
        ),
    )


def _near(losses: Curve, tokens: int) -> float:
    near = [loss for seen, loss in losses if abs(seen - tokens) <= NEAR * tokens]
    return sum(near) / len(near) if near else min(losses, key=lambda point: abs(point[0] - tokens))[1]
