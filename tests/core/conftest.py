"""What several tests of the core begin with."""

import pytest

from tests.browser import browser  # noqa: F401 (fixtures)
from tests.datasets import tune
from tests.midi_files import midi_bytes
from tests.studio_page import studio_tab  # noqa: F401
from tests.studio_server import studio  # noqa: F401


@pytest.fixture
def music(tmp_path):
    folder = tmp_path / "music"
    folder.mkdir()
    (folder / "good.mid").write_bytes(midi_bytes({"": tune()}))
    return folder
