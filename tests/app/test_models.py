"""The choice of a model: what the picker offers, a download by button, and the way back from a model that fails."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants
from streamlit.testing.v1 import AppTest

from headlight.model.admitting import catalog, download
from headlight.model.admitting.download import Downloads
from headlight.pages.frame.registry import PAGES
from tests.app.conftest import App, said
from tests.fake_hub import FakeHub, FakeModel, fake_hub
from tests.model.folders import write_tiny_model

NAME = "somebody/tiny"
TEXT = "my own words"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def hub(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """Serve a Hub, and make the app one that is online and has an empty cache."""
    monkeypatch.setenv("HEADLIGHT_ONLINE", "1")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    with fake_hub(somebody__tiny=FakeModel.of(tiny), somebody__other=FakeModel.of(tiny)) as hub:
        downloads = Downloads(hub.endpoint)
        monkeypatch.setattr(download, "_downloads", downloads)
        yield hub
        if downloads.current is not None:
            downloads.current.cancel()
            downloads.current.wait(10.0)


def buttons(test: AppTest) -> dict[str, Callable[[], AppTest]]:
    """Return the buttons of the page itself by what stands on them, each as a function that presses it."""
    return {each.label.replace("\\", ""): lambda each=each: each.click().run() for each in test.main.button}  # type: ignore[misc]


def forget_lists() -> None:
    catalog._folder_names.cache_clear()
    catalog._downloaded_names.cache_clear()


def shows_the_model(test: AppTest) -> bool:
    return not test.error and any("cards" in each.proto.body for each in test.get("html"))


def test_a_link_to_a_model_that_is_not_here_downloads_nothing(app: App, hub: FakeHub) -> None:
    test = app(text=TEXT, model=NAME)
    assert not test.exception
    assert "is not on this computer" in said(test)
    assert "Download somebody/tiny, 1.0 MB" in buttons(test)
    assert hub.asked_for(".json") == hub.asked_for(".safetensors") == 0
    assert test.text_area(key="_text_box").value == TEXT


def test_the_button_fetches_the_model_and_then_it_is_drawn(app: App, hub: FakeHub) -> None:
    test = buttons(app(text=TEXT, model=NAME))["Download somebody/tiny, 1.0 MB"]()
    running = download.default_downloads().current
    assert running is not None
    running.wait(60.0)
    test.run()
    assert not test.exception
    assert shows_the_model(test)
    assert test.text_area(key="_text_box").value == TEXT
    forget_lists()
    test = app()
    assert NAME in test.selectbox(key="_model_box").options


def test_everybody_sees_the_progress_and_only_who_began_may_stop_it(app: App, hub: FakeHub) -> None:
    hub.models[NAME].seconds_per_piece = 0.2
    mine = buttons(app(text=TEXT, model=NAME))["Download somebody/tiny, 1.0 MB"]()
    time.sleep(0.5)
    mine.run()
    assert "Cancel the download" in buttons(mine)
    progress = mine.get("progress")[0].proto.text
    assert "Downloading model" in progress
    assert "of 1.0 MB" in progress
    other = app(text="another", model=NAME)
    assert "Downloading model" in other.get("progress")[0].proto.text
    assert "Cancel the download" not in buttons(other)
    third = app(text="a third", model="somebody/other")
    assert "one comes at a time" in said(third)
    buttons(mine)["Cancel the download"]()
    running = download.default_downloads().current
    assert running is not None
    running.wait(10.0)
    assert running.state == "cancelled"
    mine.run()
    assert "nothing of it was kept" in said(mine)
    assert "Download somebody/tiny, 1.0 MB" in buttons(mine)
    assert not mine.exception
    assert mine.text_area(key="_text_box").value == TEXT


def test_two_who_press_at_once_get_one_download(app: App, hub: FakeHub) -> None:
    hub.models[NAME].seconds_per_piece = 0.2
    first, second = app(text=TEXT, model=NAME), app(text=TEXT, model="somebody/other")
    buttons(first)["Download somebody/tiny, 1.0 MB"]()
    second = buttons(second)["Download somebody/other, 1.0 MB"]()
    assert not second.exception
    assert "one comes at a time" in said(second)
    assert hub.asked_for("other/resolve") == 0


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [({"info_status": 429}, "asked too often"), ({"gated": True}, "log in"), ({"info_status": 404}, "no model called")],
)
def test_what_the_hub_refuses_is_said_in_place_of_the_button(
    app: App, hub: FakeHub, fault: dict[str, int | bool], sentence: str
) -> None:
    for name, value in fault.items():
        setattr(hub.models[NAME], name, value)
    test = app(text=TEXT, model=NAME)
    assert not test.exception
    assert sentence in said(test)
    assert list(buttons(test)) == ["Back to the Headlight decoder"]


def test_a_download_that_fails_says_why_and_can_be_tried_again(app: App, hub: FakeHub) -> None:
    hub.models[NAME].garbled = True
    test = buttons(app(text=TEXT, model=NAME))["Download somebody/tiny, 1.0 MB"]()
    running = download.default_downloads().current
    assert running is not None
    running.wait(60.0)
    test.run()
    assert "did not arrive as the Hub describes it" in said(test)
    hub.models[NAME].garbled = False
    buttons(test)["Download somebody/tiny, 1.0 MB"]()
    running = download.default_downloads().current
    assert running is not None
    running.wait(60.0)
    assert shows_the_model(test.run())


def test_a_model_outside_the_list_of_the_server_has_no_button(
    app: App, hub: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADLIGHT_ALLOW", "somebody/other")
    test = app(text=TEXT, model=NAME)
    assert "does not offer the model" in said(test)
    assert list(buttons(test)) == ["Back to the Headlight decoder"]
    assert hub.requests == []


def test_an_app_that_is_offline_says_so_and_has_no_button(app: App) -> None:
    test = app(text=TEXT, model="nobody/no-such-model")
    assert "This app is offline" in said(test)
    assert "choose a model from the list" in said(test)
    assert list(buttons(test)) == ["Back to the Headlight decoder"]


@pytest.mark.parametrize("page", [page.path for page in PAGES])
def test_the_way_back_from_a_model_that_fails(app: App, page: str) -> None:
    test = app(page, text=TEXT, model="nobody/no-such-model")
    test = buttons(test)["Back to the Headlight decoder"]()
    assert not test.exception
    assert not test.error
    assert test.selectbox(key="_model_box").value == "headlight-decoder"
    assert test.text_area(key="_text_box").value == TEXT
    assert "model" not in test.query_params


def test_the_models_folder_is_offered_and_a_broken_one_is_a_sentence(
    app: App, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADLIGHT_MODELS", str(tmp_path))
    (tmp_path / "class").symlink_to(tiny)  # leads out
    write_tiny_model(tmp_path / "sound")
    weights = write_tiny_model(tmp_path / "broken") / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    forget_lists()
    test = app(text=TEXT)
    box = test.selectbox(key="_model_box")
    assert {"Headlight decoder", "sound (folder)", "broken (folder)"} <= set(box.options)
    for name, sentence in (("folder:broken", "cut short"), ("folder:class", "can only be opened when it lies in")):
        box.set_value(name).run()
        assert not test.exception
        assert sentence in said(test)
        assert test.text_area(key="_text_box").value == TEXT
        assert not test.get("progress")
    box.set_value("folder:sound").run()
    assert shows_the_model(test)
