"""Qwen2 (Yang et al. 2024) and Qwen3: Llama with biases or norms on queries and keys, and a window in some layers."""

from typing import Any, ClassVar

from headlight.model.families.llama import Llama


class Qwen2(Llama):
    """Qwen2 and Qwen3; each layer says whether it reads all that came before or a sliding window of it."""

    name: ClassVar[str] = "Qwen"
    model_types: ClassVar[frozenset[str]] = frozenset({"qwen2", "qwen3"})

    def window(self, module: Any, layer: int) -> int | None:
        width = module.base_model.layers[layer].self_attn.sliding_window
        return None if width is None else int(width)
