"""How likely each token of the sentence was."""

import numpy as np
import streamlit as st

from headlight.model import questions
from headlight.model.errors import NotShownError
from headlight.model.reading.tokens import label, spell
from headlight.model.science.distribution import TokenScores
from headlight.pages.frame.closing import downloads
from headlight.pages.frame.view import View
from headlight.viz.escape import markdown_text
from headlight.viz.sentence import score_strip


def draw_scores(view: View) -> None:
    """Draw how likely each token of the sentence was, and the sentence as a whole."""
    stack = view.trace.stacks[-1]
    what = "the sentence" if len(view.trace.stacks) == 1 else "what the decoder reads"
    st.subheader(f"How likely was each token of {what}?", anchor=False)
    try:
        scores = questions.token_scores(view.trace)
    except NotShownError as error:
        st.info(markdown_text(str(error)), icon=":material/visibility_off:")
        return
    names = [label(piece) for piece in stack.pieces]
    st.html(score_strip(names, stack.special.tolist(), scores.probability.tolist(), scores.rank.tolist()))
    source = "" if len(view.trace.stacks) == 1 else "the encoder’s text and "
    st.markdown(whole_sentence(scores, source, first_typed=not stack.special[0]))
    downloads(
        view,
        "sentence-probabilities",
        lambda: {
            "position": range(len(names)),
            "id": stack.ids,
            "token": [spell(piece) for piece in stack.pieces],
            "probability": scores.probability.astype(np.float32),
            "rank": scores.rank,
            "surprisal_bits": scores.surprisal.astype(np.float32),
        },
    )


def whole_sentence(scores: TokenScores, source: str = "", *, first_typed: bool) -> str:
    """Say what the tokens' probabilities come to together. `source` is what was read beside what stands before."""
    parts = [
        f"Under each token stand the probability that the model gave it, having read only {source}what stands before "
        "it, and its place among all tokens of the vocabulary."
    ]
    if first_typed:
        parts.append("Nothing stands before the first token, so the model gives it no probability.")
    if scores.n_scored:
        parts.append(
            f"All probabilities multiplied are the probability of the whole: **{scores.total_bits:,.2f} bits** of "
            f"surprise, {scores.total_bits / scores.n_scored:.2f} a token. Perplexity **{scores.perplexity:,.1f}**: on "
            "average the model was as undecided as between that many equally likely tokens."
        )
    return " ".join(parts)
