"""The command `headlight`, which `python -m headlight` is too: starts the app, or writes a trace or an explorer."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import headlight
from headlight.model.errors import HeadlightError
from headlight.serving import DEFAULT_PORT, serve


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks, and return its exit status: 1, with a sentence, when that cannot be done."""
    asked = command_line().parse_args(arguments)
    try:
        asked.do(asked)
    except HeadlightError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def command_line() -> argparse.ArgumentParser:
    """Return what the command line may say."""
    parser = argparse.ArgumentParser(
        prog="headlight",
        description="Watch a transformer read a sentence. Without a command: starts the app and opens it in a browser.",
    )
    parser.set_defaults(do=lambda asked: serve(asked.port, browser=not asked.no_browser))
    parser.add_argument("--port", type=_port, default=DEFAULT_PORT, help=f"where the app answers ({DEFAULT_PORT})")
    parser.add_argument("--no-browser", action="store_true", help="open no browser")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    trace = commands.add_parser(
        "trace",
        help="run a model on a text and write all it computed on the way",
        description="Run a model on a text and write all it computed on the way: arrays as safetensors, under the "
        "names of TransformerLens, and the rest as JSON beside them. headlight.load(...) reads both.",
    )
    _add_reading(trace, "trace.safetensors")
    trace.set_defaults(do=_write_trace)

    explore = commands.add_parser(
        "explore",
        help="write the attention of a model on a text as a page to explore",
        description="Write the attention of a model on a text as one HTML page, which opens without a network: every "
        "head of every layer under the pointer.",
    )
    _add_reading(explore, "page.html")
    explore.add_argument(
        "--kind",
        choices=("encoder", "decoder", "cross"),
        help="of an encoder-decoder: who reads whom (encoder: it reads itself)",
    )
    explore.set_defaults(do=_write_page)

    models = commands.add_parser("models", help="list the models on this computer", description="List the models.")
    models.set_defaults(do=lambda asked: _list_models())
    return parser


def _add_reading(parser: argparse.ArgumentParser, output: str) -> None:
    parser.add_argument("model", metavar="MODEL", help="a name from `headlight models`, or a folder")
    parser.add_argument("text", metavar="TEXT", help="what it reads")
    parser.add_argument("--target", help="what the decoder of an encoder-decoder reads (its own greedy output)")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help=f"such as {output}")


def _port(text: str) -> int:
    if text.isascii() and text.isdecimal() and 1 <= int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no port: a number from 1 to 65535")


def _write_trace(asked: argparse.Namespace) -> None:
    trace = headlight.run(asked.model, asked.text, asked.target)
    _write(asked.output, lambda path: headlight.save(trace, path))
    print(f"{asked.output} and {asked.output.with_suffix('.json').name}")


def _write_page(asked: argparse.Namespace) -> None:
    explorer = headlight.explore(headlight.run(asked.model, asked.text, asked.target), asked.kind)
    _write(asked.output, explorer.save)
    print(asked.output)


def _write(path: Path, write: Callable[[str | os.PathLike[str]], None]) -> None:
    try:
        write(path)
    except OSError as error:
        sys.exit(f"{path} cannot be written: {error.strerror or error}.")


def _list_models() -> None:
    from headlight.model.admitting import catalog  # brings in what reads models, which the app loads when it is up

    width = max(len(entry.name) for entry in catalog.MODELS)
    for entry in catalog.MODELS:
        print(f"{entry.name:{width}}  {entry.summary}")
    for name in catalog.folder_names():
        print(f"{name:{width}}  A folder below HEADLIGHT_MODELS.")
    for name in catalog.downloaded_names():
        print(f"{name:{width}}  Downloaded from the Hugging Face Hub.")


if __name__ == "__main__":
    sys.exit(main())
