"""What several tests of the core begin with."""

import pytest

from tests.datasets import tune
from tests.midi_files import midi_bytes


@pytest.fixture
def music(tmp_path):
    folder = tmp_path / "music"
    folder.mkdir()
    (folder / "good.mid").write_bytes(midi_bytes({"": tune()}))
    return folder
