"""What the app must know of an architecture: where its embeddings, queries, keys, values and logits are.

`Family` itself is the generic one: it serves an architecture nobody wrote a file for, as far as transformers' own
accessors reach. Everything here runs on the engine's thread, under `torch.inference_mode()`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from model.attention import HeadVectors
from model.errors import NotShownError
from model.positions import Positions
from model.trace import Attention, PositionScheme, StackName, Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingParts:
    """The vectors that are added to make the input of the first layer."""

    token: Float[Tensor, "token d_model"]
    position: Float[Tensor, "token d_model"] | None = None
    type: Float[Tensor, "token d_model"] | None = None


class Family:
    """The generic family; the others override what transformers has no common accessor for.

    `module` is always the loaded transformers model.
    """

    name: ClassVar[str] = "generic"
    model_types: ClassVar[frozenset[str]] = frozenset()
    position_scheme: ClassVar[PositionScheme] = "unknown"
    cannot_show: ClassVar[tuple[str, ...]] = (
        "This app has no description of this architecture, so it cannot show how positions enter this model.",
        "For the same reason it cannot show the query, key and value vectors behind an attention weight.",
    )

    def context(self, config: Any) -> int | None:
        """Return the most tokens the model can read, or None when nothing in it sets a limit."""
        length = getattr(config, "max_position_embeddings", None)
        return int(length) if length else None

    def embeddings(self, module: Any, stack: StackName, ids: Int[Tensor, " token"]) -> EmbeddingParts:
        """Return the parts of the first layer's input, before any norm."""
        return EmbeddingParts(token=module.get_input_embeddings()(ids))

    def vocabulary(self, module: Any) -> Float[Tensor, "vocab d_model"]:
        """Return the input embedding of every token, scaled as `embeddings` scales it. Shares memory: do not change."""
        weight: Tensor = module.get_input_embeddings().weight
        return weight.detach()

    def logits(
        self,
        module: Any,
        hidden: Float[Tensor, "position d_model"],
    ) -> Float[Tensor, "position vocab"]:
        """Return the logits that follow hidden states of the last depth, as transformers returns those."""
        head = module.get_output_embeddings()
        if head is None:
            raise NotShownError("This model has no language-model head, so it has no next-token probabilities.")
        logits: Tensor = head(hidden)
        return logits

    def positions(self, module: Any, n_tokens: int) -> Positions:
        """Return the model's position scheme, with the model's own numbers. Raises NotShownError when unknown."""
        raise NotShownError(self.cannot_show[0])

    def head_vectors(
        self,
        module: Any,
        trace: Trace,
        attention: Attention,
        layer: int,
        head: int,
    ) -> HeadVectors:
        """Return what the head multiplied, from the trace's hidden states. Raises NotShownError when unknown."""
        raise NotShownError(self.cannot_show[1])

    def head_values(
        self,
        module: Any,
        trace: Trace,
        attention: Attention,
        layer: int,
    ) -> Float[np.ndarray, "head key d_head"]:
        """Return the value vectors of all heads of a layer, as `head_vectors` returns them for one."""
        heads = range(attention.n_heads)
        return np.stack([self.head_vectors(module, trace, attention, layer, head).value for head in heads])

    def output_matrices(self, module: Any, attention: Attention, layer: int) -> Float[Tensor, "head d_head d_model"]:
        """Return the matrix that carries each head's output into d_model. Raises NotShownError when unknown."""
        raise NotShownError(self.cannot_show[1])


def hidden(trace: Trace, stack: StackName, depth: int) -> Float[Tensor, "token d_model"]:
    """Return a stored hidden state as a tensor."""
    found = next(each for each in trace.stacks if each.name == stack)
    return torch.from_numpy(found.hidden_states[depth].copy())


def split_heads(projected: Float[Tensor, "token width"], n_heads: int) -> Float[Tensor, "head token d_head"]:
    """Cut a projection into its heads, which lie side by side in it."""
    return projected.reshape(len(projected), n_heads, -1).transpose(0, 1)


def position_ids(ids: Sequence[int] | Tensor, offset: int = 0) -> Int[Tensor, " token"]:
    """Return 0, 1, 2, ... for each token, plus the offset some families' tables begin with."""
    return torch.arange(len(ids)) + offset
