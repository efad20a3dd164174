"""The registry of pages: every page under a heading of the navigation, in the order of the road."""

from headlight.pages.frame.registry import GROUPS, PAGES, pages_of


def test_the_groups_hold_every_page_once_in_order() -> None:
    assert [each for group in GROUPS for each in pages_of(group)] == list(PAGES)
    assert len(set(GROUPS)) == len(GROUPS)
