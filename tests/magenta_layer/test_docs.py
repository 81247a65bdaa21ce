"""The pages of the documentation that need Magenta: their blocks run in the order they stand in."""

from pathlib import Path

import pytest

from tests.doc_pages import PAGES, needs_magenta, run_page


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("page", [p for p in PAGES if needs_magenta(p)], ids=lambda p: p.name)
def test_a_page_runs_as_it_stands(page: Path, tmp_path: Path) -> None:
    assert run_page(page, tmp_path) > 0
