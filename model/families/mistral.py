"""Mistral (Jiang et al. 2023): Llama whose queries read a sliding window of the tokens before them."""

from typing import Any, ClassVar

from headlight.model.families.llama import Llama


class Mistral(Llama):
    """Mistral; every layer has the same window, and some models have none."""

    name: ClassVar[str] = "Mistral"
    model_types: ClassVar[frozenset[str]] = frozenset({"mistral"})

    def window(self, module: Any, layer: int) -> int | None:
        width = module.config.sliding_window
        return None if width is None else int(width)
