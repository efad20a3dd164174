"""Into which pieces does the model cut the sentence, and what number does each piece have?"""

import streamlit as st

from headlight.model.reading.tokens import spell, split_characters
from headlight.pages.frame.closing import downloads, explain
from headlight.pages.frame.opening import open_page
from headlight.viz.chips import token_cards
from headlight.viz.escape import markdown_text

view = open_page("tokens", strip=False)
for stack in view.trace.stacks:
    if len(view.trace.stacks) > 1:
        st.subheader(f"What the {stack.name} reads", anchor=False)
        if stack.name == "decoder":
            origin = "was typed" if view.target else "the model wrote itself, one token after the other"
            st.markdown(
                f"It begins with “{markdown_text(spell(stack.pieces[0]))}”, a sign of the vocabulary that stands for "
                f"the beginning here; what follows {origin}."
            )
    spelled = [spell(piece) for piece in stack.pieces]
    octets = [piece.hex(" ").upper() for piece in stack.pieces]
    together = [(first, end, spell(b"".join(stack.pieces[first:end]))) for first, end in split_characters(stack.pieces)]
    st.html(token_cards(spelled, stack.ids.tolist(), stack.special.tolist(), octets, groups=together))
    downloads(
        view,
        f"tokens-{stack.name}",
        lambda stack=stack, spelled=spelled, octets=octets: {  # type: ignore[misc]
            "position": range(len(stack.tokens)),
            "id": stack.ids,
            "piece": spelled,
            "token": stack.tokens,
            "bytes": octets,
            "start": [start for start, _ in stack.offsets],
            "end": [end for _, end in stack.offsets],
            "special": stack.special,
        },
    )
explain(
    "Each box is one token: above it its position, in the middle the piece of text (␣ is a space), below it its ID, "
    "the row of the model's vocabulary where it stands, and its bytes. A box with a dashed edge was not typed: the "
    "tokenizer put it there. A piece in ⟨ ⟩ is part of a character that is spread over several tokens; the bracket "
    "under them shows the character. IDs are names, not amounts: a larger ID means nothing.",
    ("token", "token ID", "special token", "vocabulary", "byte-level BPE"),
)
