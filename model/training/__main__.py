"""`python -m headlight.model.training RECIPE --corpus DIR --out DIR --minutes N` trains one of the bundled models.

Killed and started again with the same folder, it goes on from its last checkpoint. At the end it evaluates the model
and writes its card. `python -m headlight.model.training evaluate` measures the bundled models again.
"""

import argparse
import sys
from pathlib import Path

from transformers.utils import logging as transformers_logging

from headlight.model.training import card, heldout
from headlight.model.training.evaluation import evaluate, folders
from headlight.model.training.recipes import RECIPES
from headlight.model.training.report import markdown
from headlight.model.training.run import train_recipe


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m headlight.model.training", description=__doc__)
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
    command = commands.add_parser("evaluate", help="measure the bundled models again on held-out text")
    command.add_argument("models", nargs="*", metavar="MODEL", help="names or folders; all bundled models when none")
    command.add_argument("--corpus", type=Path, help="the corpus folder, for the rows that need the training text")
    command.add_argument("--write", action="store_true", help="write the figures into the models' cards too")
    command = commands.add_parser("pack", help="write the held-out text and pairs again from the corpus folder")
    command.add_argument("--corpus", type=Path, required=True, help="the corpus folder")
    options = parser.parse_args(arguments)
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]

    if options.command == "pack":
        heldout.pack(options.corpus)
        return 0
    if options.command == "evaluate":
        for name, folder in folders(options.models):
            tables = evaluate(folder, options.corpus)
            print(f"## {name}\n\n{markdown(tables)}\n", flush=True)
            if options.write:
                card.renew(folder, name, tables)
        return 0
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
