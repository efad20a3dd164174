"""Small model folders for tests: random weights, the bundled decoder's tokenizer."""

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from transformers import GPT2Config, GPT2LMHeadModel

from headlight.model.admitting.catalog import BUNDLED

TOKENIZER = BUNDLED / "headlight-decoder"


def write_tiny_model(folder: Path, *, seed: int = 0, max_shard_size: str = "1GB") -> Path:
    """Write a GPT-2 of 2 layers of 3 heads, 12 wide, and return its folder."""
    vocab_size = json.loads((TOKENIZER / "config.json").read_text())["vocab_size"]
    torch.manual_seed(seed)
    config = GPT2Config(
        vocab_size=vocab_size, n_embd=12, n_layer=2, n_head=3, n_positions=64, bos_token_id=0, eos_token_id=0
    )
    GPT2LMHeadModel(config).save_pretrained(folder, max_shard_size=max_shard_size)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(TOKENIZER / name, folder / name)
    return folder


def change_json(path: Path, **values: Any) -> None:
    """Set keys of a JSON object in a file."""
    path.write_text(json.dumps(json.loads(path.read_text()) | values))
