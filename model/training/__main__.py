"""`python -m model.training RECIPE --corpus DIR --out DIR --minutes N` trains one of the bundled models.

Killed and started again with the same folder, it goes on from its last checkpoint.
"""

import argparse
import sys
from pathlib import Path

from model.training.recipes import RECIPES


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m model.training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="RECIPE")
    for name, recipe in RECIPES.items():
        command = commands.add_parser(name, help=f"train the {recipe.title}")
        command.add_argument("--corpus", type=Path, required=True, help="the corpus folder")
        command.add_argument("--out", type=Path, required=True, help="where checkpoint, log, curve and model go")
        budget = command.add_mutually_exclusive_group(required=True)
        budget.add_argument("--minutes", type=float, help="minutes of training; the learning rate falls to 0 with them")
        budget.add_argument("--steps", type=int, help="steps of training, instead of minutes")
        command.add_argument(
            "--from", dest="start", type=Path, help="a model's folder to go on from, with its tokenizer"
        )
        command.add_argument("--device", default="auto", help="auto (a GPU when there is one), cpu, cuda")
        command.add_argument("--threads", type=int, help="CPU threads to use; all of them when not given")
    options = parser.parse_args(arguments)

    from model.training.run import train_recipe

    train_recipe(
        RECIPES[options.command],
        corpus=options.corpus,
        out=options.out,
        minutes=options.minutes,
        steps=options.steps,
        start=options.start,
        device=options.device,
        threads=options.threads,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
