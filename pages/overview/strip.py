"""The strip of the Overview: each stage of the way with its title, its picture and one line."""

import numpy as np

from headlight.explorer import ATTENTION_NAMES
from headlight.model import questions
from headlight.model.reading.tokens import label
from headlight.model.science.attention import softmax
from headlight.model.science.distribution import likeliest
from headlight.pages.frame.view import View, labels
from headlight.pages.next_token.blank import Blank
from headlight.pages.overview.columns import mean_maps
from headlight.viz import pipeline_strip as picture
from headlight.viz.numbers import ordinal, percent

MOST_TOKENS = 12  # in the small pictures; the pages behind them show all
MOST_DIMENSIONS = 64
MOST_LAYERS = 6
N_CANDIDATES = 5
SCHEMES = {
    "rotary": "This model adds no position here: it turns queries and keys inside every head (rotary).",
    "relative": "This model adds no position here: every head adds a number for the distance to its scores.",
    "alibi": "This model adds no position here: every head subtracts a penalty that grows with the distance (ALiBi).",
    "none": "This model adds no position: it reads the tokens one after the other.",
    "unknown": "How positions enter this model is not known to this app.",
}
Stage = tuple[str, str, str]  # title, picture in HTML, one line of plain text


def text_stage(view: View) -> Stage:
    """The sentence as it was typed, and what the decoder of an encoder-decoder reads."""
    text, target = view.trace.text, view.trace.target_text
    characters = f"{len(text):,} characters"
    if target is None:
        return "Text", picture.quoted(text), characters
    origin = "what was typed for it" if view.target else "what the model itself wrote of the first"
    return (
        "Text",
        picture.quoted(text) + picture.quoted(target),
        f"{characters}. Below, what the decoder reads: {origin}.",
    )


def token_stage(view: View) -> Stage:
    """The pieces and their numbers."""
    stack = view.stack
    chips = picture.numbered_chips(labels(stack), stack.ids.tolist(), stack.special.tolist(), most=MOST_TOKENS)
    return (
        "Tokens and IDs",
        chips,
        f"{len(stack.tokens)} pieces, each with its row number in a vocabulary of {view.facts.vocab_size:,}",
    )


def embedding_stage(view: View) -> Stage:
    """Token vectors, position vectors and their sum."""
    stack = view.stack
    parts = [("token", stack.token_embeddings)]
    for name, part in (("+ position", stack.position_embeddings), ("+ type", stack.type_embeddings)):
        if part is not None:
            parts.append((name, part))
    summed = np.sum([part for _, part in parts], axis=0)  # (token, d_model)
    most = float(np.abs(summed).max()) or 1.0
    shown = [*parts, ("= sum", summed)] if len(parts) > 1 else parts
    body = "".join(picture.vectors(part[:MOST_TOKENS, :MOST_DIMENSIONS], name, most=most) for name, part in shown)
    note = SCHEMES.get(
        stack.position_scheme,
        f"Each token is a row of {stack.d_model} numbers: the first {min(MOST_DIMENSIONS, stack.d_model)} are drawn, "
        "orange above 0, blue below.",
    )
    return f"Embedding{'' if stack.position_embeddings is None else ' + position'}", body, note


def layer_stage(view: View) -> Stage:
    """The attention of every layer, averaged over its heads; without attention, what every layer gives."""
    trace, facts = view.trace, view.facts
    if not trace.attentions:
        return state_stage(view)
    rows = []
    for attention in trace.attentions:
        chosen = spread(attention.n_layers, MOST_LAYERS)
        heading = ATTENTION_NAMES[attention.kind] if len(trace.attentions) > 1 else ""
        rows.append(picture.maps(mean_maps(attention, chosen), [str(layer) for layer in chosen], heading=heading))
    left_out = "" if facts.n_layers <= MOST_LAYERS else f" {MOST_LAYERS} of them are drawn."
    decoder = f" + {facts.n_decoder_layers}" if facts.n_decoder_layers else ""
    return (
        f"{facts.n_layers}{decoder} layers",
        "".join(rows),
        f"In each layer {facts.n_heads} heads read from other tokens (drawn: their mean), then a feed-forward network "
        f"works on each token alone.{left_out}",
    )


def state_stage(view: View) -> Stage:
    """What every layer of a model without attention gives."""
    states = view.stack.hidden_states[:, :MOST_TOKENS, :MOST_DIMENSIONS]  # (depth, token, dimension)
    most = float(np.abs(states[1:]).max()) or 1.0
    body = "".join(
        picture.vectors(states[layer + 1], f"after layer {layer}", most=most)
        for layer in spread(view.facts.n_layers, MOST_LAYERS)
    )
    return (
        f"{view.facts.n_layers} layers",
        body,
        "No attention: each layer goes from token to token and hands on a memory of what it has read so far.",
    )


def spread(n_layers: int, most: int) -> list[int]:
    """Return at most `most` layers, evenly spread from the first to the last."""
    return sorted({round(layer) for layer in np.linspace(0, n_layers - 1, min(n_layers, most))})


def last_stages(view: View, blank: Blank | None) -> list[Stage]:
    """Logits, softmax and next token, or what fills a blank; for a model without a head, what it does instead."""
    if blank is not None:
        return [
            blank_stage(view, blank),
            *head_stages(view, blank.logits, "stand in the blank"),
            filled_stage(view, blank),
        ]
    if view.trace.logits is not None:
        return [*head_stages(view, view.trace.logits, "follow"), next_stage(view, view.trace.logits)]
    return [
        (
            "Hidden states",
            picture.vectors(view.stack.hidden_states[-1][:MOST_TOKENS, :MOST_DIMENSIONS], "last layer", most=3.0),
            "This model predicts no next token: it gives a vector for each token, changed by all the others.",
        )
    ]


def named(view: View, logits: np.ndarray) -> tuple[list[int], list[str], list[float]]:
    """Return the likeliest tokens: their IDs, names and probabilities."""
    order = likeliest(logits, N_CANDIDATES)
    names = [label(piece) for piece in questions.pieces_of(view.trace, order.tolist())]
    return order.tolist(), names, softmax(logits.astype(np.float64))[order].tolist()


def head_stages(view: View, logits: np.ndarray, what_they_do: str) -> list[Stage]:
    """Logits and softmax."""
    order, names, top = named(view, logits)
    return [
        (
            "Logits",
            picture.histogram(logits, float(logits[order[0]]), f"{names[0]} {logits[order[0]]:.2f}"),
            f"One number for each of the {len(logits):,} tokens that could {what_they_do}. How many lie where; heights "
            "are square roots.",
        ),
        (
            "Softmax",
            picture.shares(names, top, rest=max(0.0, 1.0 - sum(top))),
            "The logits become probabilities, which add up to 1.",
        ),
    ]


def next_stage(view: View, logits: np.ndarray) -> Stage:
    """The likeliest next token."""
    order, names, top = named(view, logits)
    return (
        "Next token",
        picture.big(f"“{names[0]}”", f"{100 * top[0]:.1f} %, token {order[0]}"),
        "The likeliest one. Put it behind what the decoder has read, and everything begins again."
        if len(view.trace.stacks) > 1
        else "The likeliest one. Put it behind the text and everything begins again.",
    )


def blank_stage(view: View, blank: Blank) -> Stage:
    """The sentence as a masked language model reads it, one token hidden."""
    text, mask = view.trace.text, view.facts.mask or ""
    start, end = view.stack.offsets[blank.place]
    start = min(end, start + len(text[start:end]) - len(text[start:end].lstrip()))  # some tokens begin with their space
    return (
        "A token is hidden",
        picture.quoted(f"{text[:start]}{mask}{text[end:]}"),
        f"This model predicts no next token, it fills in blanks: “{blank.name}” is hidden, the model reads the rest.",
    )


def filled_stage(view: View, blank: Blank) -> Stage:
    """What the model puts into the blank, beside what was there."""
    order, names, top = named(view, blank.logits)
    hidden = f"Hidden was “{blank.name}”: {percent(blank.probability)}, the {ordinal(blank.rank)}."
    return (
        "Fill in the blank",
        picture.big(f"“{names[0]}”", f"{100 * top[0]:.1f} %, token {order[0]}"),
        f"The likeliest one. {hidden}",
    )
