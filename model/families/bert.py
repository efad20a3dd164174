"""BERT (Devlin et al. 2019) and RoBERTa (Liu et al. 2019): token + position + type, a norm after all of it."""

from typing import Any, ClassVar

from jaxtyping import Float, Int
from torch import Tensor

from headlight.model.families.base import EmbeddingParts, Family, head, position_ids
from headlight.model.families.block import AttentionStep, Block, FeedForwardStep, linear
from headlight.model.science.positions import AddedPositions
from headlight.model.trace import PositionScheme, StackName


class BERT(Family):
    """BERT; its first hidden state is the norm of the sum of the three parts."""

    name: ClassVar[str] = "BERT"
    model_types: ClassVar[frozenset[str]] = frozenset({"bert"})
    position_scheme: ClassVar[PositionScheme] = "learned"

    def first_position(self, config: Any) -> int:
        """Return the row of the position table that the first token takes."""
        return 0

    def context(self, config: Any) -> int | None:
        return int(config.max_position_embeddings) - self.first_position(config)

    def embeddings(self, module: Any, stack: StackName, ids: Int[Tensor, " token"]) -> EmbeddingParts:
        tables = module.base_model.embeddings
        return EmbeddingParts(
            token=tables.word_embeddings(ids),
            position=tables.position_embeddings(position_ids(ids, self.first_position(module.config))),
            type=tables.token_type_embeddings(ids * 0),  # one text: every token is of type 0
        )

    def logits(self, module: Any, hidden: Float[Tensor, "position d_model"]) -> Float[Tensor, "position vocab"]:
        head(module)
        logits: Tensor = module.cls(hidden)  # a dense layer, GELU and a norm come before the matrix
        return logits

    def positions(self, module: Any, stack: StackName, n_tokens: int) -> AddedPositions:
        table: Float[Tensor, "position d_model"] = module.base_model.embeddings.position_embeddings.weight
        return AddedPositions(vectors=table[self.first_position(module.config) :].detach().numpy().copy(), learned=True)

    def block(self, module: Any, stack: StackName, layer: int) -> Block:
        block = module.base_model.encoder.layer[layer]
        attend = block.attention.self
        return Block(
            attention=AttentionStep(
                query=linear(attend.query),
                key=linear(attend.key),
                value=linear(attend.value),
                output=linear(block.attention.output.dense),
                norm_after=block.attention.output.LayerNorm,
                n_heads=attend.num_attention_heads,
                n_kv_heads=attend.num_attention_heads,
                scale=float(attend.scaling),
            ),
            feed_forward=FeedForwardStep(
                up=linear(block.intermediate.dense),
                bend=block.intermediate.intermediate_act_fn,
                down=linear(block.output.dense),
                norm_after=block.output.LayerNorm,
            ),
        )


class RoBERTa(BERT):
    """RoBERTa, whose position table begins with rows for padding that no token takes."""

    name: ClassVar[str] = "RoBERTa"
    model_types: ClassVar[frozenset[str]] = frozenset({"roberta", "xlm-roberta", "camembert"})

    def first_position(self, config: Any) -> int:
        return int(config.pad_token_id) + 1

    def logits(self, module: Any, hidden: Float[Tensor, "position d_model"]) -> Float[Tensor, "position vocab"]:
        head(module)
        logits: Tensor = module.lm_head(hidden)
        return logits
