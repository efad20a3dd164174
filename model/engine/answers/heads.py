"""What the heads of a trace multiplied, and how positions enter: from the stored hidden states, without a forward."""

import numpy as np
from jaxtyping import Float

from headlight.model.admitting.loading import LoadedModel
from headlight.model.errors import NotShownError
from headlight.model.science.attention import HeadVectors
from headlight.model.science.positions import Positions
from headlight.model.trace import AttentionKind, StackName, Trace


def head_vectors(loaded: LoadedModel, trace: Trace, *, kind: AttentionKind, layer: int, head: int) -> HeadVectors:
    """Return the query, key and value vectors of one head, as they enter the dot product.

    Raises NotShownError when the family does not say where they are, IndexError when there is no such head.
    """
    attention = trace.attention_of(kind)
    if not (0 <= layer < attention.n_layers and 0 <= head < attention.n_heads):
        raise IndexError(
            f"layer {layer}, head {head}: there are {attention.n_layers} layers of {attention.n_heads} heads"
        )
    return loaded.family.head_vectors(loaded.module, trace, attention, layer, head)


def value_norms(loaded: LoadedModel, trace: Trace, *, kind: AttentionKind) -> Float[np.ndarray, "layer head key"]:
    """Return the length of each key's value after the head's output matrix: |(x W_V + b_V) W_O|.

    Times the attention weight it is how much the key adds to a query's vector (Kobayashi et al. 2020, section 3).
    Raises NotShownError when the family does not say where values or output matrices are.
    """
    attention = trace.attention_of(kind)

    def lengths(layer: int) -> Float[np.ndarray, "head key"]:
        values, output = loaded.family.values_and_output(loaded.module, trace, attention, layer)
        matrices = output.float().reshape(attention.n_heads, -1, output.shape[1]).numpy()  # (head, d_head, d_model)
        # |v W|^2 = v (W W^T) v^T: no vector of d_model numbers is built for every head and key.
        turned = values.numpy() @ (matrices @ matrices.transpose(0, 2, 1))  # (head, key, d_head)
        norms: np.ndarray = np.sqrt(np.maximum((turned * values.numpy()).sum(axis=-1), 0.0))
        return norms

    return np.stack([lengths(layer) for layer in range(attention.n_layers)])


def positions(loaded: LoadedModel, trace: Trace, *, stack: StackName) -> Positions:
    """Return the model's own position scheme with its real numbers, of one stack.

    Raises NotShownError when the model has none, or its family does not say which.
    """
    read = trace.stack_named(stack)
    if read.position_scheme == "none":
        raise NotShownError("Nothing tells this model where a token stands: it reads the tokens one after the other.")
    return loaded.family.positions(loaded.module, read.name, len(read.tokens))
