"""Fill in the blank: a token of the sentence is hidden, and a masked language model says what could stand there.

Which one is hidden is chosen in the sentence itself and kept in the address. A mask token that somebody types is
ordinary text to every model here, so the sentence in the box stays whole.
"""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import streamlit as st

from headlight.model import questions
from headlight.model.reading.tokens import label, shorten, spell
from headlight.model.reading.words import word_numbers
from headlight.model.science import distribution
from headlight.model.science.distribution import TokenScores
from headlight.model.trace import Stack, Trace
from headlight.pages.frame import address
from headlight.pages.frame.closing import downloads
from headlight.pages.frame.components import blank_strip
from headlight.pages.frame.examples import preset_of
from headlight.pages.frame.view import View, explained, labels
from headlight.pages.next_token import writing
from headlight.viz import blank as strip
from headlight.viz.bars import Candidate, Marked, Wording
from headlight.viz.escape import markdown_text
from headlight.viz.numbers import ordinal, percent
from headlight.viz.sentence import score_strip

KEY = "blank-strip"
NAME = "blank"
WORDING = Wording(
    column="Fits the blank",
    likeliest="Fill in the likeliest",
    draw="Fill in one by lot",
    click="put it in place of the hidden token",
    draws_on=False,
)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Blank:
    """The hidden token: where it stands, its ID and name, and what the model expects there."""

    place: int
    id: int
    name: str  # plain text
    logits: np.ndarray  # (vocab,)
    probability: float
    rank: int  # 1: no token was likelier


def places(stack: Stack) -> list[int]:
    """Return the tokens that may be hidden: those that were typed."""
    return [int(place) for place in np.flatnonzero(~stack.special)]


def usual_place(stack: Stack, text: str) -> int:
    """Return the token that is hidden when nobody chose one: the one an example asks for, else the last word of one
    piece, else the last word, if any.
    """
    typed = places(stack)
    preset = preset_of(text)
    for place in typed:
        if preset is not None and text[slice(*stack.offsets[place])].strip() == preset.hidden:
            return place
    words = word_numbers(stack, text)
    lettered = [place for place in typed if any(map(str.isalpha, text[slice(*stack.offsets[place])]))]
    whole = [place for place in lettered if words.count(words[place]) == 1]
    return (whole or lettered or typed)[-1]


def hide(view: View, place: int) -> Blank:
    """Return what the model expects at a place of the sentence when the token there is hidden."""
    stack = view.stack
    logits = questions.blank_logits(view.trace, place)
    scores = distribution.token_scores(logits[None], stack.ids[[place]])
    return Blank(
        place=place,
        id=int(stack.ids[place]),
        name=label(stack.pieces[place]),
        logits=logits,
        probability=float(scores.probability[0]),
        rank=int(scores.rank[0]),
    )


def choose(view: View) -> Blank:
    """Draw the sentence with its blank, and return what the model expects there."""
    stack, mask = view.stack, view.facts.mask or ""
    usual = usual_place(stack, view.trace.text)
    if st.session_state.get("_blank_of") != view.trace.key:  # another sentence: its places mean other tokens
        st.session_state["_blank_of"] = view.trace.key
        address.choose(NAME, usual)
    place = address.choice(NAME, places(stack), usual, lambda key: int(st.session_state[key]), what="token")
    blank_strip(
        data=strip.blank_strip(labels(stack), stack.special.tolist(), place, mask),
        key=KEY,
        on_place_change=partial(_take_place, stack),
    )
    blank = hide(view, place)
    st.markdown(_on_the_hidden(view, blank))
    return blank


def _take_place(stack: Stack) -> None:
    """Take the place that the browser reports, when there is such a token to hide."""
    sent = st.session_state[KEY]["place"]
    if isinstance(sent, int) and sent in places(stack):
        st.session_state[address.key_of(NAME)] = sent


def _on_the_hidden(view: View, blank: Blank) -> str:
    numbers = word_numbers(view.stack, view.trace.text)
    n_pieces = numbers.count(numbers[blank.place])
    name, mask = markdown_text(blank.name), markdown_text(view.facts.mask or "")
    sentence = (
        f"The model reads {mask} in place of **{name}** and gives it **{percent(blank.probability)}**: the "
        f"**{ordinal(blank.rank)}** of {view.facts.vocab_size:,} tokens."
    )
    if n_pieces > 1:
        sentence += f" Only this one of the {n_pieces} pieces of its word is hidden: the others are hints."
    return sentence


def marked(view: View, blank: Blank) -> Marked:
    """Return the hidden token as the bars show it."""
    (kind,) = questions.kinds_of(view.trace, [blank.id])
    (name,) = questions.names_of(view.trace, [blank.id])
    return Marked(candidate=Candidate(id=blank.id, name=name, kind=kind), rank=ordinal(blank.rank), word="hidden")


def in_place(view: View, blank: Blank, token_id: int) -> tuple[str, str]:
    """Return the text with a token in place of the hidden one, and what to say. Raises as `questions.replaced`."""
    new = questions.replaced(view.trace, blank.place, token_id)
    typed = str(st.session_state.get(writing.box_of(view), ""))
    (name,) = questions.names_of(view.trace, [token_id])
    note = f"Wrote “{name}” in place of “{blank.name}”."
    if new.recut:
        pieces = " | ".join(spell(each) for each in new.recut)
        note += f" The tokenizer cuts the new text otherwise: {pieces}."
    return new.text + typed[len(view.trace.text) :], note


def stay(view: View) -> None:
    """Keep the place of the blank although a button changed the sentence."""
    text = shorten(str(st.session_state.get(writing.box_of(view), "")))[0]
    st.session_state["_blank_of"] = replace(view.trace.key, text=text)


def draw_scores(view: View) -> None:
    """Draw how likely each token of the sentence is when it alone is hidden; asked first when that takes a while."""
    trace, stack = view.trace, view.stack
    n_typed = len(places(stack))
    st.subheader("How likely is each token when it alone is hidden?", anchor=False)
    if not questions.blank_scores_are_quick(trace) and st.session_state.get("_blank_scores_of") != trace.key:
        st.markdown(f"For this the model reads the sentence {n_typed} times, each time with another token hidden.")
        st.button(f"Hide each of the {n_typed} tokens in turn", on_click=_ask_for_scores, args=(trace,))
        return
    with explained():
        scores = _scores(trace)
        st.html(score_strip(labels(stack), stack.special.tolist(), scores.probability.tolist(), scores.rank.tolist()))
        st.markdown(_on_the_scores(scores))
        downloads(
            view,
            "hidden-one-by-one",
            lambda: {
                "position": range(len(stack.ids)),
                "id": stack.ids,
                "token": questions.names_of(trace, stack.ids.tolist()),
                "probability": scores.probability.astype(np.float32),
                "rank": scores.rank,
                "surprisal_bits": scores.surprisal.astype(np.float32),
            },
        )


def _ask_for_scores(trace: Trace) -> None:
    st.session_state["_blank_scores_of"] = trace.key


def _scores(trace: Trace) -> TokenScores:
    if questions.blank_scores_are_quick(trace):
        return questions.blank_scores(trace)
    bar = st.progress(0.0)

    def progress(share: float) -> None:
        bar.progress(share, text="Hiding one token after another …")

    scores = questions.blank_scores(trace, progress)
    bar.empty()
    return scores


def _on_the_scores(scores: TokenScores) -> str:
    return (
        "Under each token stand the probability that the model gives it when only this token is hidden, and its place "
        f"among all tokens of the vocabulary. Their surprisals add up to **{scores.total_bits:,.2f} bits**, "
        f"{scores.total_bits / scores.n_scored:.2f} a token: with a minus before it, that is the sentence’s "
        "pseudo-log-likelihood. Of two sentences of about the same length, the one with fewer bits looks more usual to "
        "the model. It is not the probability of the sentence: each token was guessed with all the others in view, so "
        "the probabilities must not be multiplied into one."
    )
