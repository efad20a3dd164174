"""The state of a run on disk, so that a killed run goes on: one safetensors file, replaced in one piece."""

import json
from copy import deepcopy
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from headlight.model.training.precision import Precision


@dataclass(slots=True, kw_only=True)
class Progress:
    """How far a run is. `seconds` counts the time spent in steps, so a run that was stopped or killed loses none."""

    step: int = 0
    tokens: int = 0
    seconds: float = 0.0
    commits: tuple[str, ...] = ()  # of the code, for every time the run was started
    precisions: tuple[Precision, ...] = ()  # one, or more when it went on on another device


def save(path: Path, module: nn.Module, moving: list[torch.optim.Optimizer], progress: Progress) -> None:
    """Write weights, the optimizers' memory and the progress."""
    tensors = {f"module/{name}": weight for name, weight in _weights(module).items()}
    for place, optimizer in enumerate(moving):
        for index, state in optimizer.state_dict()["state"].items():
            for name, value in state.items():
                tensors[f"optimizer/{place}/{index}/{name}"] = value
    fresh = path.with_suffix(".new")
    copies = {name: tensor.detach().contiguous().clone() for name, tensor in tensors.items()}
    save_file(copies, fresh, metadata={"progress": json.dumps(asdict(progress))})
    fresh.replace(path)


def read_progress(path: Path) -> Progress:
    """Return how far the run was when `save` wrote the file."""
    with safe_open(path, "pt") as file:
        told = json.loads(file.metadata()["progress"])
    precisions = tuple(Precision(**each) for each in told["precisions"])
    return Progress(**(told | {"commits": tuple(told["commits"]), "precisions": precisions}))


def restore(path: Path, module: nn.Module, moving: list[torch.optim.Optimizer]) -> None:
    """Load the weights and memories that `save` wrote into a module and its optimizers, in place."""
    with safe_open(path, "pt") as file:
        tensors: dict[str, Tensor] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    weights = _weights(module)
    with torch.no_grad():
        for name, weight in weights.items():
            weight.copy_(tensors[f"module/{name}"])
    for place, optimizer in enumerate(moving):
        state: dict[int, dict[str, Tensor]] = {}
        for name, tensor in tensors.items():
            kind, *rest = name.split("/")
            if kind == "optimizer" and int(rest[0]) == place:
                state.setdefault(int(rest[1]), {})[rest[2]] = tensor
        optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


def keep_weights(module: Any, folder: Path) -> None:
    """Write the weights of a transformers model as they are now, in half precision; the model stays as it is."""
    deepcopy(module).to("cpu", torch.float16).save_pretrained(folder)


def _weights(module: nn.Module) -> dict[str, Tensor]:
    """Return every weight once: tied ones have one name here."""
    return dict(module.named_parameters())
