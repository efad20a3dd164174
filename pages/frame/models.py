"""The choice of a model: the picker, what is said about it, its download, and what to do when it fails."""

import streamlit as st

from headlight.model.admitting import catalog
from headlight.model.admitting.download import Download, Offer, default_downloads
from headlight.model.admitting.facts import ModelFacts, Source
from headlight.model.engine import default_engine
from headlight.model.errors import BusyError, HeadlightError, ModelNotFoundError, TextError
from headlight.pages.frame import address
from headlight.viz.escape import markdown_text

DEFAULT_MODEL = catalog.MODELS[0].name
LOOK_AGAIN_S = 1.0  # at a download that runs


def model_titles() -> dict[str, str]:
    """Return the models that can be chosen without typing: name and title. Bundled, folders, then downloaded ones."""
    return (
        {entry.name: entry.title for entry in catalog.MODELS}
        | {name: f"{name.removeprefix(catalog.FOLDER_PREFIX)} (folder)" for name in catalog.folder_names()}
        | {name: name for name in catalog.downloaded_names()}
    )


def model_picker() -> str:
    """Ask for a model, and return its name."""
    asked = address.from_outside("model")
    if asked is not None:
        address.remember("model", asked)
    address.seed("_model_box", address.remembered("model", DEFAULT_MODEL), anew=asked is not None)
    titles = model_titles()
    known = tuple(titles)
    name = st.selectbox(
        "Model",
        known if st.session_state["_model_box"] in known else (*known, st.session_state["_model_box"]),
        key="_model_box",
        format_func=lambda each: titles.get(each, each),
        accept_new_options=True,
        label_visibility="collapsed",
        width=270,
    )
    address.remember("model", name)
    address.write("model", None if name == DEFAULT_MODEL else name)
    return str(name)


def facts_of(source: Source) -> ModelFacts:
    """Return the facts of a model; while it is loaded, show each step by name."""
    place = st.empty()
    steps: list[str] = []

    def progress(step: str) -> None:
        steps.append(step)
        place.progress(min(1.0, len(steps) / 5), text=f"{step} …")

    try:
        return default_engine().facts(source, progress)
    finally:
        place.empty()


def model_details(facts: ModelFacts) -> None:
    """Offer to say what the model is, how large it is, and its card."""
    with st.popover("About this model", icon=":material/description:", type="tertiary"):
        heads = f" × {facts.n_heads} heads" if facts.n_heads else ""
        decoder = f" + {facts.n_decoder_layers}" if facts.n_decoder_layers else ""
        summaries = {entry.name: f"{entry.summary}  \n" for entry in catalog.MODELS}
        st.caption(
            f"{summaries.get(facts.name, '')}"
            f"{facts.n_parameters / 1e6:,.1f} M parameters · {facts.n_layers}{decoder} layers{heads} · "
            f"d_model {facts.d_model} · {facts.vocab_size:,} tokens in the vocabulary"
        )
        if facts.card is None:
            st.markdown("This model came without a model card.")
        elif facts.card_is_ours:
            st.markdown(facts.card)
        else:  # a stranger's Markdown could load pictures from the network
            st.code(facts.card, language=None, wrap_lines=True)
        for sentence in facts.cannot_show:
            st.markdown(sentence)
        st.caption(
            "Another model: choose one from the list beside the sentence, or type the name of one from the Hugging "
            "Face Hub into it, such as openai-community/gpt2."
        )


def show_failure(name: str, error: HeadlightError) -> None:
    """Say why there is nothing to draw, and offer the way on: a download, or back to the model that ships."""
    if isinstance(error, ModelNotFoundError) and error.downloadable:
        _offer_download(error.downloadable)
    else:
        _say(error)
    if name != DEFAULT_MODEL and not isinstance(error, (TextError, BusyError)):
        st.button(
            f"Back to the {catalog.MODELS[0].title}",
            on_click=take_model,
            args=(DEFAULT_MODEL,),
            key="_default_model",
            icon=":material/undo:",
        )


def _say(error: HeadlightError) -> None:
    st.error(markdown_text(str(error)), icon=":material/info:")


def take_model(name: str) -> None:
    """Choose a model, from the callback of a button."""
    st.session_state["_model_box"] = name


def _offer_download(name: str) -> None:
    """Show the button that starts a download, the download while it runs, or why there is none."""
    last = default_downloads().current
    if last is not None and last.state == "running":
        _watch_download(name)
        return
    if last is not None and last.offer.name == name and last.error is not None:
        _say(last.error)
    if last is not None and last.state == "cancelled" and last is st.session_state.get("_own_download"):
        st.info("The download was cancelled, and nothing of it was kept.", icon=":material/cancel:")
    if (refused := st.session_state.pop("_download_refused", None)) is not None:
        _say(refused)
    try:
        offer = default_downloads().offer(name)
    except HeadlightError as error:
        _say(error)
        return
    size = megabytes(offer.n_bytes)
    st.info(
        f"The model {markdown_text(name)} is not on this computer. It can be fetched from the Hugging Face Hub: a "
        f"download of {size}, which stays on the disk of the computer that runs this app.",
        icon=":material/cloud_download:",
    )
    st.button(
        f"Download {markdown_text(name)}, {size}",
        on_click=_start_download,
        args=(offer,),
        key="_download_model",
        type="primary",
        icon=":material/download:",
    )


def megabytes(n_bytes: int) -> str:
    """Return a size as it stands on a button."""
    return f"{n_bytes / 1e6:,.0f} MB" if n_bytes >= 10_000_000 else f"{n_bytes / 1e6:.1f} MB"


def _start_download(offer: Offer) -> None:
    try:
        st.session_state["_own_download"] = default_downloads().start(offer)
    except HeadlightError as error:
        st.session_state["_download_refused"] = error


@st.fragment(run_every=LOOK_AGAIN_S)
def _watch_download(name: str) -> None:
    """Show how far the download is, to everybody who looks; only the session that began it may stop it."""
    download = default_downloads().current
    if download is None or download.state != "running":
        st.rerun()
        return
    _draw_progress(download)
    if download.offer.name == name:
        st.caption("When the model is here, this page goes on by itself.")
    own: Download | None = st.session_state.get("_own_download")
    if own is not None and own is download:
        st.button("Cancel the download", on_click=own.cancel, key="_cancel_download", icon=":material/cancel:")
    if download.offer.name != name:
        st.info(
            f"The model {markdown_text(name)} is not on this computer. It can be fetched when this download is done: "
            "one comes at a time.",
            icon=":material/hourglass:",
        )


def _draw_progress(download: Download) -> None:
    n_bytes, n_total = min(download.n_bytes, download.offer.n_bytes), download.offer.n_bytes
    st.progress(
        n_bytes / n_total,
        text=f"**{markdown_text(download.offer.name)}**: {markdown_text(download.step)} … "
        f"{n_bytes / 1e6:,.1f} of {megabytes(n_total)}",
    )
