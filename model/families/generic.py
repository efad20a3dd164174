"""An architecture nobody wrote a file for, as far as transformers' own accessors reach."""

from typing import Any, ClassVar, NoReturn

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from headlight.model.errors import NotShownError
from headlight.model.families.base import Family, logits_of_whole_head
from headlight.model.families.block import Block
from headlight.model.science.positions import Positions
from headlight.model.trace import AttentionKind, PositionScheme, StackName

WINDOW_SETTINGS = ("sliding_window", "local_attention", "attention_window", "window_size", "attention_chunk_size")


class Generic(Family):
    """Tokens, hidden states, attention and logits are shown; how positions enter, and queries and keys, are not."""

    name: ClassVar[str] = "generic"
    model_types: ClassVar[frozenset[str]] = frozenset()
    position_scheme: ClassVar[PositionScheme] = "unknown"
    cannot_show: ClassVar[tuple[str, ...]] = (
        "This app has no description of this architecture, so it cannot show how positions enter this model.",
        "For the same reason it cannot show the query, key and value vectors behind an attention weight.",
    )

    def visible(
        self, module: Any, kind: AttentionKind, weights: Float[np.ndarray, "layer head query key"]
    ) -> Bool[np.ndarray, "layer query key"]:
        """Where the config speaks of windows, a cell that is 0 in every head of its layer is taken for hidden."""
        visible = super().visible(module, kind, weights)
        windowed = any(getattr(module.config, name, None) for name in WINDOW_SETTINGS)
        return visible & (weights != 0).any(axis=1) if windowed else visible

    def vocabulary(self, module: Any) -> Float[Tensor, "vocab d_embedding"]:
        table = module.get_input_embeddings()
        rows: Tensor = table(torch.arange(len(table.weight)))  # looked up, for some scale what they look up
        return rows

    def logits(self, module: Any, hidden: Float[Tensor, "position d_model"]) -> Float[Tensor, "position vocab"]:
        body = module.get_decoder() if module.config.is_encoder_decoder else module.base_model
        return logits_of_whole_head(module, body, hidden)

    def positions(self, module: Any, stack: StackName, n_tokens: int) -> Positions:
        self._not_shown(0)

    def block(self, module: Any, stack: StackName, layer: int) -> Block:
        self._not_shown(1)

    def _not_shown(self, reason: int) -> NoReturn:
        raise NotShownError(self.cannot_show[reason])
