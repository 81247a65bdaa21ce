"""One class a kind of mistake, and a source's name that is added once."""

from pathlib import Path

import pytest

from ssc_melody import files
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


@pytest.mark.skipif(not Path("/proc/version").is_file(), reason="no /proc on this system")
def test_files_of_the_system_are_not_read(tmp_path: Path) -> None:
    """They may never end, or wait for ever, though they call themselves regular files."""
    assert not files.is_regular("/proc/version")
    (tmp_path / "link").symlink_to("/proc/version")
    with pytest.raises(DataError, match="link is a device or a pipe; expected a file"):
        files.read_bytes(tmp_path / "link", DataError)
    (tmp_path / "file").write_bytes(b"abc")
    assert files.is_regular(tmp_path / "file")
    with (tmp_path / "file").open("rb") as file:
        assert files.read_bytes(f"/proc/self/fd/{file.fileno()}", DataError) == b"abc"


def test_a_file_object_is_read_in_blocks_and_no_further() -> None:
    class Endless:
        name = "endless"
        asked = 0

        def read(self, size: int) -> bytes:
            self.asked += size
            return bytes(size)

    file = Endless()
    with pytest.raises(DataError, match="endless has more than 10000000 bytes"):
        files.read_source(file, DataError, 10_000_000)  # type: ignore[arg-type]
    assert file.asked == 10_000_001


def test_of_an_endless_message_the_middle_is_left_out() -> None:
    """What a file says of itself may be of any length."""
    message = str(DataError(f"x: expected 1, found {'9' * 5000}; make it again"))
    assert message.startswith("x: expected 1, found 999")
    assert message.endswith("9; make it again")
    assert len(message) == 1495
    assert str(DataError("y" * 1500)) == "y" * 1500
