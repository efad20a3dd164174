"""What happens to the sentence on its way from text to the next token?"""

import numpy as np
import streamlit as st

from headlight.model import questions
from headlight.model.reading.tokens import label
from headlight.model.science.attention import softmax
from headlight.model.science.distribution import likeliest
from headlight.pages.frame.closing import downloads, explain
from headlight.pages.frame.explorer import ATTENTION_NAMES
from headlight.pages.frame.opening import open_page
from headlight.pages.frame.registry import page_at
from headlight.pages.frame.view import View, explained, labels
from headlight.pages.next_token.blank import Blank, hide, usual_place
from headlight.pages.overview.columns import layer_columns, logit_columns, mean_maps, token_columns, vector_columns
from headlight.viz import stages
from headlight.viz.sentence import ordinal, percent

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
        return "Text", stages.quoted(text), characters
    origin = "what was typed for it" if view.target else "what the model itself wrote of the first"
    return (
        "Text",
        stages.quoted(text) + stages.quoted(target),
        f"{characters}. Below, what the decoder reads: {origin}.",
    )


def token_stage(view: View) -> Stage:
    """The pieces and their numbers."""
    stack = view.stack
    chips = stages.numbered_chips(labels(stack), stack.ids.tolist(), stack.special.tolist(), most=MOST_TOKENS)
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
    body = "".join(stages.vectors(part[:MOST_TOKENS, :MOST_DIMENSIONS], name, most=most) for name, part in shown)
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
        rows.append(stages.maps(mean_maps(attention, chosen), [str(layer) for layer in chosen], heading=heading))
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
        stages.vectors(states[layer + 1], f"after layer {layer}", most=most)
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
            stages.vectors(view.stack.hidden_states[-1][:MOST_TOKENS, :MOST_DIMENSIONS], "last layer", most=3.0),
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
            stages.histogram(logits, float(logits[order[0]]), f"{names[0]} {logits[order[0]]:.2f}"),
            f"One number for each of the {len(logits):,} tokens that could {what_they_do}. How many lie where; heights "
            "are square roots.",
        ),
        (
            "Softmax",
            stages.shares(names, top, rest=max(0.0, 1.0 - sum(top))),
            "The logits become probabilities, which add up to 1.",
        ),
    ]


def next_stage(view: View, logits: np.ndarray) -> Stage:
    """The likeliest next token."""
    order, names, top = named(view, logits)
    return (
        "Next token",
        stages.big(f"“{names[0]}”", f"{100 * top[0]:.1f} %, token {order[0]}"),
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
        stages.quoted(f"{text[:start]}{mask}{text[end:]}"),
        f"This model predicts no next token, it fills in blanks: “{blank.name}” is hidden, the model reads the rest.",
    )


def filled_stage(view: View, blank: Blank) -> Stage:
    """What the model puts into the blank, beside what was there."""
    order, names, top = named(view, blank.logits)
    hidden = f"Hidden was “{blank.name}”: {percent(blank.probability)}, the {ordinal(blank.rank)}."
    return (
        "Fill in the blank",
        stages.big(f"“{names[0]}”", f"{100 * top[0]:.1f} %, token {order[0]}"),
        f"The likeliest one. {hidden}",
    )


def draw(number: int, stage: Stage, page: str, blank: Blank | None) -> None:
    """Draw one stage and the link to its page, which for a blank goes by another name."""
    st.html(stages.stage(number, *stage))
    entry = page_at(page)
    st.page_link(
        entry.file,
        label="Fill it in" if blank and page == "next_token" else entry.title,
        icon=":material/arrow_forward:",
    )


view = open_page("", strip=False)
blank: Blank | None = None
if view.facts.mask is not None:
    with explained():
        blank = hide(view, usual_place(view.stack, view.trace.text))
strip: list[tuple[Stage, str]] = [
    (text_stage(view), "tokens"),
    (token_stage(view), "tokens"),
    (embedding_stage(view), "embeddings"),
    (layer_stage(view), "attention" if view.trace.attentions else "embeddings"),
    *((stage, "next_token") for stage in last_stages(view, blank)),
]
for row in (strip[:4], strip[4:]):  # two rows that fill the screen of a projector
    widths = [1.5 if stage[0] == "Softmax" and len(row) > 3 else 1.0 for stage, _ in row]  # its bars need the room
    for column, (stage, page) in zip(st.columns(widths, border=True), row, strict=True):
        with column:
            draw(strip.index((stage, page)) + 1, stage, page, blank)
with st.popover("Take the numbers of the pictures", icon=":material/download:"):
    downloads(
        view, "overview-tokens", lambda: token_columns(view.stack), label="Tokens, and how long their vectors are"
    )
    downloads(view, "overview-vectors", lambda: vector_columns(view.stack), label="Embedding + position, all numbers")
    for attention in view.trace.attentions:
        downloads(
            view,
            f"overview-layers-{attention.kind}",
            lambda attention=attention: layer_columns(view.trace, attention),  # type: ignore[misc]
            label=f"Layers, the mean of their heads ({ATTENTION_NAMES[attention.kind].lower()})",
        )
    if (logits := view.trace.logits if blank is None else blank.logits) is not None:
        downloads(
            view,
            "overview-logits",
            lambda logits=logits: logit_columns(view.trace, logits),  # type: ignore[misc]
            label="Logits and softmax, the whole vocabulary",
        )
what_comes_last = (
    "and the last one is turned into a probability for every token that could come next."
    if blank is None
    else "and, once a token is hidden, the vector at its place is turned into a probability for every token that could "
    "stand there."
)
what_layers_do = (
    "every layer lets the vectors read from each other,"
    if view.trace.attentions
    else "every layer carries what it has read from one vector to the next,"
)
explain(
    "Read it from 1 to the end: the text is cut into tokens, each token becomes a vector, "
    f"{what_layers_do} {what_comes_last} Each picture is made of this sentence's own numbers, and small: it shows the "
    "first tokens and dimensions only, and no single head. The page behind each picture shows all.",
    ("token", "embedding", "position embedding", "layer", "attention map", "feed-forward", "logit", "softmax"),
)
