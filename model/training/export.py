"""From a finished run to a model folder: weights in half precision, tokenizer, model card, provenance."""

import csv
import hashlib
import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import tokenizers
import torch
import transformers

from headlight.model.training.checkpoint import Progress
from headlight.model.training.recipes import Recipe
from headlight.model.training.trainer import LogLine

LARGEST_FILE = "14MB"
PROVENANCE = "provenance.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """What a run ran on."""

    device: str
    threads: int


def hardware(device: str) -> Hardware:
    """Return the name of the GPU or the CPU, and how many threads PyTorch uses."""
    if device.startswith("cuda"):
        return Hardware(device=torch.cuda.get_device_name(), threads=torch.get_num_threads())
    return Hardware(device=_cpu_name(), threads=torch.get_num_threads())


def _cpu_name() -> str:
    listed = Path("/proc/cpuinfo")
    if listed.exists():
        for line in listed.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def write_model(module: Any, tokenizer: Any, folder: Path) -> None:
    """Write weights in half precision, config and tokenizer, in transformers' own formats."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.safetensors"):
        old.unlink()
    module.eval().to("cpu", torch.float16).save_pretrained(folder, max_shard_size=LARGEST_FILE)
    tokenizer.save_pretrained(folder)


def write_losses(before: Sequence[tuple[int, float]], log: list[LogLine], path: Path) -> None:
    """Write the loss by tokens seen: what the weights had behind them when the run began, then the run's own log."""
    n_before = before[-1][0] if before else 0
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("tokens", "loss"))
        writer.writerows(before)
        writer.writerows((n_before + line.tokens, line.loss) for line in log)


def write_provenance(
    folder: Path,
    recipe: Recipe,
    progress: Progress,
    *,
    read: list[Path],
    start: Path | None,
    before: tuple[int, float],
    ran_on: Hardware,
) -> None:
    """Write how the files of a folder were made, with the SHA-256 of everything that went in and came out.

    `read` are the files of the corpus that were trained on, `before` the tokens and minutes that lie behind the
    weights of `start`; both are part of the sums. A start folder is named by the SHA-256 of its weights, for its path
    says nothing elsewhere.
    """
    written = sorted(path for path in folder.iterdir() if path.name != PROVENANCE and path.suffix != ".md")
    provenance = {
        "recipe": asdict(recipe),
        "command": f"python -m headlight.model.training {recipe.name}",
        "seed": recipe.seed,
        "commits": list(progress.commits),
        "precisions": [asdict(each) for each in progress.precisions],
        "started_from": {path.name: sha256(path) for path in sorted(start.glob("*.safetensors"))} if start else None,
        "tokens_seen_before": before[0],
        "steps": progress.step,
        "tokens_seen": before[0] + progress.tokens,
        "minutes": round(before[1] + progress.seconds / 60, 1),
        "hardware": asdict(ran_on),
        "versions": {each.__name__: str(each.__version__) for each in (torch, transformers, tokenizers)},
        "corpus_sha256": {path.name: sha256(path) for path in sorted(read)},
        "sha256": {path.name: sha256(path) for path in written},
    }
    (folder / PROVENANCE).write_text(json.dumps(provenance, indent=2) + "\n", encoding="utf-8")


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
