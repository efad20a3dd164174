"""Marian (Junczys-Dowmunt et al. 2018): the transformer of 2017, sinusoids and embeddings times sqrt(d_model).

Its sinusoids are those of Vaswani et al. 2017 with the columns in another order: all sines, then all cosines.
"""

from typing import Any, ClassVar

from jaxtyping import Float, Int
from torch import Tensor

from headlight.model.families.bart import BART
from headlight.model.families.base import EmbeddingParts, column, position_ids
from headlight.model.trace import PositionScheme, StackName


class Marian(BART):
    """Marian; BART's blocks without the norm after the embeddings."""

    name: ClassVar[str] = "Marian"
    model_types: ClassVar[frozenset[str]] = frozenset({"marian"})
    position_scheme: ClassVar[PositionScheme] = "sinusoidal"

    def embeddings(self, module: Any, stack: StackName, ids: Int[Tensor, " token"]) -> EmbeddingParts:
        return EmbeddingParts(
            token=module.get_input_embeddings()(ids) * module.get_decoder().embed_scale,
            position=self.position_table(module, stack)[position_ids(ids)],
        )

    def vocabulary(self, module: Any) -> Float[Tensor, "vocab d_model"]:
        scaled: Tensor = module.get_input_embeddings().weight.detach() * module.get_decoder().embed_scale
        return scaled

    def position_table(self, module: Any, stack: StackName) -> Float[Tensor, "position d_model"]:
        vectors: Tensor = column(module, stack).embed_positions.weight
        return vectors
