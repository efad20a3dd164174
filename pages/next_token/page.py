"""Which token comes next, and how sure is the model?"""

import streamlit as st

from headlight.pages.frame import address
from headlight.pages.frame.closing import explain
from headlight.pages.frame.opening import open_page
from headlight.pages.frame.view import explained, labels
from headlight.pages.next_token import blank as hiding
from headlight.pages.next_token import writing
from headlight.pages.next_token.candidates import draw_candidates, draw_lots
from headlight.pages.next_token.nothing_predicted import no_next_token
from headlight.pages.next_token.scores import draw_scores
from headlight.viz.sentence import growing_strip

NEXT = (
    "Each row is a token that could come next. Left, the probability the model gives it; then the same after the "
    "temperature; then after top-k and top-p, shared out among the tokens that are kept. Every bar has the same scale "
    "and every column adds to 100 %. Click a token to write it. A high probability means that such a text is likely "
    "to go on like this, not that it is true."
)
HIDDEN = (
    "A masked language model predicts no next token: it learned to guess tokens that were hidden. Each row is a token "
    "that could stand in the blank. Left, the probability the model gives it; then the same after the temperature; "
    "then after top-k and top-p, shared out among the tokens that are kept. Every bar has the same scale and every "
    "column adds to 100 %. Click a token to write it in place of the hidden one. A high probability means that the "
    "token is usual there, not that the sentence is true. One token is hidden at a time, so a word that is cut into "
    "several pieces keeps all its pieces but one."
)
TERMS = ("logit", "softmax", "probability", "temperature", "top-k", "top-p", "sampling", "entropy", "surprisal")
view = open_page("next_token", strip=False, keep="last")
if view.facts.mask is None:
    address.write("blank", None)
if view.trace.logits is not None:
    stack = view.trace.stacks[-1]
    st.html(growing_strip(labels(stack), stack.special.tolist(), *writing.fallen_out(view)))
    draw_candidates(view, view.trace.logits)
    draw_scores(view)
    draw_lots()
    explain(NEXT, (*TERMS, "perplexity", "context"))
elif view.facts.mask is not None:
    with explained():
        blank = hiding.choose(view)
        draw_candidates(view, blank.logits, blank)
        hiding.draw_scores(view)
        draw_lots()
    explain(HIDDEN, ("masked language model", "mask token", *TERMS, "pseudo-log-likelihood", "context"))
else:
    no_next_token(view)
    explain(NEXT, (*TERMS, "perplexity", "context"))
