"""The app without a browser: what each page sends."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from headlight.pages.frame.registry import page_at
from headlight.pages.frame.start import SCRIPT

App = Callable[..., AppTest]


@pytest.fixture
def app() -> App:
    """Return a function that opens a page, by its path, at an address: what a visit does for who comes by a link."""

    def start(path: str = "tokens", **query: str) -> AppTest:
        test = AppTest.from_file(SCRIPT, default_timeout=60)
        test.query_params.update(query)
        return go_to(test, path)

    return start


def go_to(test: AppTest, path: str) -> AppTest:
    """Run the script with another page, given by its path, as the navigation does."""
    # Streamlit names a page by the hash of its path. AppTest.switch_page finds it only after the script has run once,
    # which would draw the first page of all, and send away what its address does not know.
    test._page_hash = calc_hash(page_at(path).path)
    return test.run()


def said(test: AppTest) -> str:
    """Return all that the page says in boxes."""
    return " ".join(each.value for boxes in (test.error, test.info, test.warning) for each in boxes)
