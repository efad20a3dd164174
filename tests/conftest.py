"""Shapes in signatures are enforced while tests run; tests that need a model share one."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import hypothesis
import pytest
from jaxtyping import install_import_hook

hypothesis.settings.register_profile(  # a busy machine is no failure
    "headlight", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("headlight")

hook = install_import_hook(
    ["headlight.model", "headlight.viz", "headlight.pages", "headlight.explorer", "headlight.trace_file"],
    "beartype.beartype",
)

from headlight.pages.frame.policy import take_over  # noqa: E402  (after the hook)

take_over()  # the tests share an engine with the app

from headlight.model.run import run  # noqa: E402
from headlight.model.trace import Trace  # noqa: E402
from tests.inside import local_engine  # noqa: E402
from tests.tiny import KINDS, save_tiny  # noqa: E402

HOUSE_SENTENCE = "The teacher taught the students with the book"


@pytest.fixture(scope="session", autouse=True)
def shapes_are_checked() -> Iterator[None]:
    """Keep the import hook while the session lasts: modules imported late are checked too."""
    yield
    hook.uninstall()


@pytest.fixture(scope="session", autouse=True)
def every_model_stays_loaded() -> None:
    """Hold more models than an app does: tests go back and forth between thirty kinds of tiny ones."""
    local_engine()._models.max_items = 2 * len(KINDS)


@pytest.fixture(scope="session")
def house_trace() -> Trace:
    """Return the bundled decoder's Trace of the house sentence."""
    return run("headlight-decoder", HOUSE_SENTENCE)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return a function from a kind of tiny model (tests/tiny.py) to its folder; each is saved once."""
    root = tmp_path_factory.mktemp("tiny")

    @cache
    def saved(kind: str) -> Path:
        save_tiny(kind, root / kind)
        return root / kind

    return saved
