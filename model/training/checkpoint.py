"""The state of a run on disk, so that a killed run goes on: one safetensors file, replaced in one piece."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn


@dataclass(slots=True, kw_only=True)
class Progress:
    """How far a run is. `seconds` counts the time spent in steps, so a run that was stopped or killed loses none."""

    step: int = 0
    tokens: int = 0
    seconds: float = 0.0
    commits: tuple[str, ...] = ()  # of the code, for every time the run was started


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


def restore(path: Path, module: nn.Module, moving: list[torch.optim.Optimizer]) -> Progress:
    """Load what `save` wrote into a module and its optimizers, in place; return the progress."""
    with safe_open(path, "pt") as file:
        tensors: dict[str, Tensor] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        progress = json.loads(file.metadata()["progress"])
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
    return Progress(**(progress | {"commits": tuple(progress["commits"])}))


def _weights(module: nn.Module) -> dict[str, Tensor]:
    """Return every weight once: tied ones have one name here."""
    return dict(module.named_parameters())
