"""What happens to the sentence on its way from text to the next token?"""

import streamlit as st

from headlight.pages.frame.closing import explain
from headlight.pages.frame.opening import open_page
from headlight.pages.frame.registry import page_at
from headlight.pages.frame.view import explained
from headlight.pages.next_token.blank import Blank, hide, usual_place
from headlight.pages.overview.columns import offer_numbers
from headlight.pages.overview.strip import Stage, embedding_stage, last_stages, layer_stage, text_stage, token_stage
from headlight.viz import pipeline_strip


def draw(number: int, stage: Stage, page: str, blank: Blank | None) -> None:
    """Draw one stage and the link to its page, which for a blank goes by another name."""
    st.html(pipeline_strip.stage(number, *stage))
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
offer_numbers(view, None if blank is None else blank.logits)
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
