"""The numbers behind the pictures of the Overview, to take away."""

import numpy as np
import streamlit as st

from headlight.explorer import ATTENTION_NAMES
from headlight.model import questions
from headlight.model.reading.tokens import spell
from headlight.model.science.attention import softmax
from headlight.model.trace import Attention, Stack, Trace
from headlight.pages.frame.closing import downloads
from headlight.pages.frame.view import View, labels
from headlight.viz.table import Columns, long_form


def token_columns(stack: Stack) -> Columns:
    """Return the tokens with their IDs, and how long each vector is at every depth."""
    return {
        "position": range(len(stack.tokens)),
        "id": stack.ids,
        "piece": [spell(piece) for piece in stack.pieces],
        **{
            f"length_of_hidden_state_{depth}": np.linalg.norm(states, axis=-1)
            for depth, states in enumerate(stack.hidden_states)
        },
    }


def vector_columns(stack: Stack) -> Columns:
    """Return what is added to make the input of layer 0, one line a token and dimension."""
    parts = {"token": stack.token_embeddings}
    for name, part in (("position", stack.position_embeddings), ("type", stack.type_embeddings)):
        if part is not None:
            parts[name] = part
    n_tokens, width = stack.token_embeddings.shape
    return {
        "token_position": np.repeat(np.arange(n_tokens), width),
        "piece": np.repeat(labels(stack), width),
        "dimension": np.tile(np.arange(width), n_tokens),
        **{f"{name}_embedding": part.reshape(-1) for name, part in parts.items()},
        "sum": np.sum(list(parts.values()), axis=0).reshape(-1),
    }


def mean_maps(attention: Attention, layers: list[int]) -> np.ndarray:
    """Return the mean over the heads of each layer, NaN where its mask hides a key: (layer, query, key)."""
    weights = attention.weights[layers]  # (layer, head, query, key)
    return np.where(attention.visible[layers], weights.mean(axis=1), np.nan)


def layer_columns(trace: Trace, attention: Attention) -> Columns:
    """Return the mean weights of every layer, one line a cell."""
    query, key = (labels(trace.stack_of(attention.kind, axis)) for axis in ("query", "key"))
    tables = [
        long_form(weights, query, key, names=("query", "key", "mean_weight"))
        for weights in mean_maps(attention, list(range(attention.n_layers)))
    ]
    return {
        "layer": np.repeat(np.arange(attention.n_layers), len(query) * len(key)),
        **{name: np.concatenate([np.asarray(table[name]) for table in tables]) for name in tables[0]},
    }


def logit_columns(trace: Trace, logits: np.ndarray) -> Columns:
    """Return logit and probability of every token of the vocabulary, the likeliest first."""
    order = np.argsort(-logits, kind="stable")
    return {
        "id": order,
        "piece": [spell(piece) for piece in questions.pieces_of(trace, order.tolist())],
        "logit": logits[order],
        "probability": softmax(logits.astype(np.float64))[order],
    }


def offer_numbers(view: View, logits: np.ndarray | None) -> None:
    """Offer the numbers of all pictures. `logits` are those of the next token or of a blank, where there are any."""
    with st.popover("Take the numbers of the pictures", icon=":material/download:"):
        downloads(
            view, "overview-tokens", lambda: token_columns(view.stack), label="Tokens, and how long their vectors are"
        )
        downloads(
            view, "overview-vectors", lambda: vector_columns(view.stack), label="Embedding + position, all numbers"
        )
        for attention in view.trace.attentions:
            downloads(
                view,
                f"overview-layers-{attention.kind}",
                lambda attention=attention: layer_columns(view.trace, attention),  # type: ignore[misc]
                label=f"Layers, the mean of their heads ({ATTENTION_NAMES[attention.kind].lower()})",
            )
        if logits is not None:
            downloads(
                view,
                "overview-logits",
                lambda: logit_columns(view.trace, logits),
                label="Logits and softmax, the whole vocabulary",
            )
