"""One class a kind of mistake, and a source's name that is added once."""

from pathlib import Path

import pytest

from ssc_melody.errors import BundleError, DataError, FormatError, MidiError, OptionError, about
from ssc_melody.evaluation import listening
from ssc_melody.midi.read import MidiPiece, TempoChange
from ssc_melody.mixtape import tape
from ssc_melody.pianoroll import load_npz
from ssc_melody.render import sound
from ssc_melody.render.timeline import timeline


def test_a_name_is_added_once_and_a_part_before_it() -> None:
    with (
        pytest.raises(BundleError, match=r"^a\.mag: tensor 'w': cut short$"),
        about("elsewhere", DataError),
        about("a.mag", BundleError),
        about("tensor 'w'"),
    ):
        raise FormatError("cut short")


def test_other_errors_pass() -> None:
    with pytest.raises(MidiError, match=r"^no such file$"), about("a.mag", BundleError):
        raise MidiError("no such file")


def test_a_missing_file_is_an_error_of_its_kind(tmp_path: Path) -> None:
    """Not a BundleError each: those are about networks."""
    missing = tmp_path / "missing"
    silence = MidiPiece(4, [TempoChange(0, 0.0, 120.0)], [], [], [])
    with pytest.raises(MidiError, match=f"^no such file: {missing}"):
        tape.read_song(missing)
    with pytest.raises(MidiError, match=f"^no such file: {missing}"):
        load_npz(missing)
    with pytest.raises(DataError, match=f"^no such file: {missing}"):
        listening.read_answers(missing)
    with pytest.raises(OptionError, match=f"^no such file: {missing}"):
        sound.to_wav(b"", timeline(silence), soundfont=missing)
