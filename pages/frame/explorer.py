"""What the pages about attention share: which attention, the explorer that draws it, and the answers it asks for."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
import streamlit as st

from headlight.explorer import ATTENTION_NAMES, explorer_page, heads_of, key_of, packed_norms, packed_vectors
from headlight.model.admitting import catalog
from headlight.model.errors import HeadlightError
from headlight.model.memory import Memory
from headlight.model.science.attention import rollout
from headlight.model.trace import Attention, Trace
from headlight.pages.frame import address
from headlight.pages.frame.components import attention_explorer, courier
from headlight.pages.frame.models import DEFAULT_MODEL, take_model
from headlight.pages.frame.registry import page_at
from headlight.pages.frame.view import View
from headlight.viz import explorer
from headlight.viz.explorer import integers, pack_answer, pack_heads

MOST_HEADS_ASKED = 4096  # in one request for a combination
PACKED = Memory(64 * 2**20)  # what browsers are sent, shared by all sessions

Source = tuple[Trace, Attention]
Opened = tuple[str, int, int]  # key, layer and head


def pick_attention(view: View, name: str = "kind", what: str = "Attention") -> Attention:
    """Return the attention to draw: the only one, or the one chosen. Stops a page whose model has none."""
    found = {attention.kind: attention for attention in view.trace.attentions}
    if not found:
        _no_attention(view)
        st.stop()
    kinds = list(found)
    if len(kinds) == 1:
        return found[kinds[0]]
    kind = address.choice(
        name,
        kinds,
        kinds[0],
        lambda key: st.segmented_control(
            what, kinds, key=key, required=True, format_func=ATTENTION_NAMES.__getitem__, label_visibility="collapsed"
        ),
        what="kind of attention",
    )
    return found[kind]


def _no_attention(view: View) -> None:
    """Say what a model without attention does instead, where that is seen, and where attention is."""
    st.info(
        "This model has no attention: no token looks back at another one. It reads from left to right and hands a "
        "memory of fixed size on from token to token; what was read earlier counts only as far as that memory still "
        "holds it. See what its layers give after each token, and what they lead to:",
        icon=":material/visibility_off:",
    )
    for path in ("embeddings", *(["next_token"] if view.facts.predicts_next else [])):
        entry = page_at(path)
        st.page_link(entry.file, label=entry.title, icon=":material/arrow_forward:")
    st.markdown("For attention maps, choose a model that has some:")
    st.button(
        catalog.MODELS[0].title,
        on_click=take_model,
        args=(DEFAULT_MODEL,),
        key="_with_attention",
        icon=":material/swap_horiz:",
    )


def draw_explorer(sources: Sequence[Source], mode: Literal["explore", "compare"]) -> None:
    """Draw the explorer of one attention, or of two to compare, and answer what it asks."""
    parts = {key_of(*source): _packed(*source) for source in sources}
    attention_explorer(data=explorer.pack(list(parts.values()), mode=mode, asks=True), key="_explorer")
    _answer({key_of(*source): source for source in sources}, beforehand=mode == "explore")


def opened_heads() -> list[Opened]:
    """Return the heads whose microscope this session opened, oldest first: the list itself, which grows with them."""
    opened: list[Opened] = st.session_state.setdefault("_opened", [])
    return opened


def _remember_opened(head: Opened) -> None:
    opened = opened_heads()
    if head in opened:
        opened.remove(head)
    opened.append(head)


def saved_page(trace: Trace, attention: Attention, opened: Sequence[Opened] = ()) -> str:
    """Return the explorer as a page, with the vectors of the heads that were `opened` last before all others."""
    key = key_of(trace, attention)
    return explorer_page(trace, attention, [(layer, head) for of, layer, head in reversed(opened) if of == key])


def _packed(trace: Trace, attention: Attention) -> bytes:
    return _kept(("explorer", key_of(trace, attention)), lambda: pack_heads(heads_of(trace, attention)))


def _kept(key: tuple[str, ...], make: Callable[[], bytes]) -> bytes:
    """Return packed bytes from memory, or make them: a class that opens one sentence packs it once."""
    packed: bytes | None = PACKED.find(key)
    if packed is None:
        packed = make()
        PACKED.keep(key, packed, len(packed))
    return packed


@st.fragment
def _answer(sources: dict[str, Source], *, beforehand: bool) -> None:
    """Answer the explorer's requests: only this fragment runs for one. `beforehand`: the lengths of the values, which
    a combination needs, are sent before anybody asks.
    """
    asked = st.session_state.pop("_asked", None)
    if asked is None and beforehand:
        asked = {"key": next(iter(sources)), "what": "norms"}
    answer = b"" if asked is None else _answer_to(sources, asked)
    courier(data=answer, key="_courier", on_asked_change=_take_request)


def _take_request() -> None:
    st.session_state["_asked"] = st.session_state["_courier"]["asked"]


def _answer_to(sources: dict[str, Source], asked: Any) -> bytes:
    """Return the packed answer; a request that makes no sense, or cannot be met, is answered with a sentence."""
    asked = asked if isinstance(asked, dict) else {}
    about = {name: asked.get(name) for name in ("key", "what", "name", "layer", "head")}
    source = sources.get(str(asked.get("key")))
    if source is None:
        return pack_answer({**about, "problem": "The sentence has changed since."})
    try:
        return _worked_out(*source, asked, about)
    except HeadlightError as error:
        return pack_answer({**about, "problem": str(error)})
    except (KeyError, TypeError, ValueError, IndexError):
        return pack_answer({**about, "problem": "There is no such head."})


def _worked_out(trace: Trace, attention: Attention, asked: dict[str, Any], about: dict[str, Any]) -> bytes:
    if asked["what"] == "norms":
        return _kept(("norms", key_of(trace, attention)), lambda: packed_norms(trace, attention))
    if asked["what"] == "vectors":
        layer, head = int(asked["layer"]), int(asked["head"])
        answer = packed_vectors(trace, attention, layer, head)
        _remember_opened((key_of(trace, attention), layer, head))
        return answer
    heads = [(int(layer), int(head)) for layer, head in asked["heads"][:MOST_HEADS_ASKED]]
    if not all(0 <= layer < attention.n_layers and 0 <= head < attention.n_heads for layer, head in heads):
        raise IndexError(heads)
    layers, numbers = np.array(heads).T
    chosen = attention.weights[layers, numbers]  # (chosen, query, key)
    if asked["show"] == "rollout":
        matrix = rollout(attention.weights[: int(asked["layer"]) + 1])[-1]
    else:
        matrix = {"max": chosen.max, "mean": chosen.mean, "head": chosen.mean}[asked["show"]](axis=0)
    return pack_answer(about, integers(matrix))
