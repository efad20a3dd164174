"""Which token comes next, and how sure is the model?"""

from functools import partial

import numpy as np
import streamlit as st

from headlight.model import questions
from headlight.model.admitting.facts import NO_MASK
from headlight.model.errors import NotShownError
from headlight.model.reading.tokens import label, spell
from headlight.model.science.distribution import MOST_TEMPERATURE, Settings, TokenScores, likeliest, next_token
from headlight.pages.frame import address
from headlight.pages.frame.closing import downloads, explain
from headlight.pages.frame.components import candidate_bars
from headlight.pages.frame.opening import open_page
from headlight.pages.frame.registry import page_at
from headlight.pages.frame.view import View, explained, labels
from headlight.pages.next_token import blank as hiding
from headlight.pages.next_token import writing
from headlight.pages.next_token.blank import Blank
from headlight.viz.bars import N_NAMED, Candidate, Controls, pack
from headlight.viz.chips import token_strip
from headlight.viz.escape import markdown_text
from headlight.viz.sentence import growing_strip, score_strip
from headlight.viz.table import Columns

KEY = "next-token"
NAMES = ("temperature", "top_k", "top_p")


def chosen_settings(view: View) -> Settings:
    """Return the settings that the address or the controls ask for; the controls themselves are in the browser."""

    def held(key: str) -> float:  # what `keep_settings` put there
        value: float = st.session_state[key]
        return value

    before = [st.session_state.get(f"_widget_{name}") for name in NAMES]
    settings = Settings(
        temperature=address.number("temperature", 0, MOST_TEMPERATURE, 1.0, held, what="temperature"),
        top_k=int(address.number("top_k", 0, view.facts.vocab_size, 0, held, what="top-k")),
        top_p=address.number("top_p", 0, 1, 1.0, held, what="top-p"),
    )
    if before != [settings.temperature, settings.top_k, settings.top_p]:
        st.session_state["_bars_asked"] = st.session_state.get("_bars_asked", 0) + 1
    return settings


def keep_settings(sent: object, vocab_size: int) -> None:
    """Keep what the controls were set to."""
    settings = writing.settings_of(sent, vocab_size)
    if settings is not None:
        for name in NAMES:
            st.session_state[f"_widget_{name}"] = getattr(settings, name)


def on_settings(view: View) -> None:
    """Take what the browser reports when a control was moved."""
    keep_settings(st.session_state[KEY]["settings"], view.facts.vocab_size)


def on_act(view: View, logits: np.ndarray, blank: Blank | None) -> None:
    """Take what the browser asks for when a button was pressed, and where the controls stood."""
    sent = st.session_state[KEY]["act"]
    keep_settings(sent, view.facts.vocab_size)
    if blank is None:
        writing.act(view, sent, logits, partial(writing.behind, view))
    else:
        writing.act(view, sent, logits, partial(hiding.in_place, view, blank))
        hiding.stay(view)


def candidates(view: View, logits: np.ndarray) -> list[Candidate]:
    """Return the likeliest tokens by name."""
    ids = likeliest(logits, N_NAMED).tolist()
    return [
        Candidate(id=token_id, name=name, kind=kind)
        for token_id, name, kind in zip(
            ids, questions.names_of(view.trace, ids), questions.kinds_of(view.trace, ids), strict=True
        )
    ]


def candidate_columns(view: View, logits: np.ndarray, settings: Settings) -> Columns:
    """Return all three probabilities of every token of the vocabulary, the likeliest first."""
    chances = next_token(logits, settings)
    order = chances.order
    return {
        "rank": np.arange(1, len(order) + 1),
        "id": order,
        "token": questions.names_of(view.trace, order.tolist()),
        "logit": logits[order],
        "probability": chances.own[order],
        f"tempered_{settings.temperature:g}": chances.tempered[order],
        f"filtered_top_k_{settings.top_k}_top_p_{settings.top_p:g}": chances.filtered[order],
    }


def draw_candidates(view: View, logits: np.ndarray, blank: Blank | None = None) -> None:
    """Draw the bars, their controls, and the numbers to take away: of the next token, or of a blank."""
    settings = chosen_settings(view)
    box = writing.box_of(view)
    done = writing.answer(box)
    controls = Controls(
        temperature=settings.temperature,
        top_k=settings.top_k,
        top_p=settings.top_p,
        most_temperature=MOST_TEMPERATURE,
        asked=st.session_state.get("_bars_asked", 0),
        answered=done.serial,
        stopped=done.stopped,
        can_undo=writing.can_undo(box),
        note=done.note,
    )
    candidate_bars(
        pack(
            logits,
            candidates(view, logits),
            controls,
            wording=hiding.WORDING if blank else None,
            marked=hiding.marked(view, blank) if blank else None,
        ),
        key=KEY,
        on_settings=partial(on_settings, view),
        on_act=partial(on_act, view, logits, blank),
    )
    name = f"blank-{blank.place}" if blank else "next-token"
    downloads(view, name, lambda: candidate_columns(view, logits, settings))


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


def no_next_token(view: View) -> None:
    """Say what a model without a language-model head does instead, and where to look."""
    sentence = (
        "This model predicts no next token. It is an encoder: it reads the whole sentence in both directions at once "
        "and gives a vector for every token, so nothing is left to be foreseen."
        if view.facts.kind == "encoder"
        else "This model has no language-model head, the part that turns its last vector into a number for every "
        "token, so it predicts no next token."
    )
    if NO_MASK in view.facts.cannot_show:
        sentence += f" {NO_MASK}"
    st.html(token_strip(labels(view.stack), view.stack.special.tolist()))
    st.info(f"{sentence} Choose another model, or see what this one does with the sentence:", icon=":material/info:")
    for path in ("tokens", "embeddings", *(["attention"] if view.trace.attentions else [])):
        entry = page_at(path)
        st.page_link(entry.file, label=entry.title, icon=":material/arrow_forward:")


def draw_lots() -> None:
    """Say how a lot is drawn, and ask for the seed."""
    with st.expander("How a lot is drawn", icon=":material/casino:"):
        st.markdown(
            "The tokens that are kept lie end to end on a line from 0 to 1, the likeliest first, each as long as its "
            "filtered probability. A random number picks the token it falls on."
        )
        writing.seed_box()


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
