"""The app without a browser: what each page sends."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

App = Callable[..., AppTest]

APP = Path(__file__).parents[2] / "app.py"


@pytest.fixture
def app() -> App:
    """Return a function that opens a page, by its file, at an address."""

    def start(page: str = "pages/tokens/page.py", **query: str) -> AppTest:
        test = AppTest.from_file(APP, default_timeout=60)
        test.query_params.update(query)
        test.run()
        test.query_params.update(query)  # app.py ran its first page, which dropped what that page does not know
        return test.switch_page(page).run()

    return start


def said(test: AppTest) -> str:
    """Return all that the page says in boxes."""
    return " ".join(each.value for boxes in (test.error, test.info, test.warning) for each in boxes)
