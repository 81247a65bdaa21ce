"""Melodies with their chords, cut out of sections and moved to twelve keys."""

import numpy as np
import pytest

from ssc_melody.dataset import events_file, examples, lead_sheets, options, pieces, sections
from ssc_melody.dataset.events_file import LeadSheet
from ssc_melody.dataset.examples import Tune
from ssc_melody.dataset.sections import Section
from ssc_melody.errors import ChordError, DataError
from ssc_melody.families import get_spec
from ssc_melody.formats.protos import NoteSequence
from ssc_melody.formats.tfrecord import frame
from ssc_melody.melody.extraction import Extracted
from ssc_melody.melody.quantized import QuantizedNote
from ssc_melody.midi.note_sequence import piece_of_note_sequence

SPEC = get_spec("ssc_chord_rnn")
CHORDS = ((0, "C"), (2, "Am"), (5, "N.C."))


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, 6, ("C", "C", "Am", "Am", "Am", "N.C.")),
        (1, 3, ("C", "Am")),
        (3, 5, ("Am", "Am")),
        (5, 8, ("N.C.", "N.C.", "N.C.")),
        (7, 8, ("N.C.",)),
    ],
)
def test_each_step_has_the_last_chord_begun(
    start: int, end: int, expected: tuple[str, ...]
) -> None:
    assert lead_sheets.chords_between(CHORDS, start, end) == expected


def test_before_the_first_chord_there_is_none() -> None:
    assert lead_sheets.chords_between(((2, "C"),), 0, 3) == ("N.C.", "N.C.", "C")
    assert lead_sheets.chords_between((), 0, 2) == ("N.C.", "N.C.")


def test_two_chords_on_a_step_are_too_many() -> None:
    twice = ((0, "C"), (4, "F"), (4, "G"))
    assert lead_sheets.chords_between(twice, 0, 4) == ("C", "C", "C", "C")
    assert lead_sheets.chords_between(twice, 0, 5) is None
    assert lead_sheets.chords_between(twice, 5, 7) == ("G", "G")  # they began before it
    same = ((0, "C"), (4, "F"), (4, "F"))
    assert lead_sheets.chords_between(same, 3, 6) == ("C", "F", "F")


def section(*chords: tuple[int, str]) -> Section:
    return Section([(0, [QuantizedNote(60, 0, 4)])], (4, 4), 16.0, chords)


MELODY = [Extracted([60, -2, 64, -1], 0, 0)]


def test_a_lead_sheet_is_moved_melody_and_chords() -> None:
    made, counts = lead_sheets.with_chords(MELODY, section((0, "C"), (2, "Am7/G")), (-1, 0, 2))
    assert [tune.events for tune in made] == [[59, -2, 63, -1], [60, -2, 64, -1], [62, -2, 66, -1]]
    assert [tune.chords[::2] for tune in made] == [("B", "Abm7/Gb"), ("C", "Am7/G"), ("D", "Bm7/A")]
    assert not counts


def test_notes_stay_within_midi_by_octaves() -> None:
    low = [Extracted([3, -2], 0, 0)]
    made, _ = lead_sheets.with_chords(low, section((0, "C")), (-6,))
    assert made[0].events == [9, -2]


@pytest.mark.parametrize(
    ("chords", "reason"),
    [
        ([], "empty_chord_progressions"),
        ([(0, "N.C.")], "empty_chord_progressions"),
        ([(4, "C")], "empty_chord_progressions"),  # after its end
        ([(1, "C"), (1, "F")], "coincident_chords"),
        ([(0, "C"), (2, "H7")], "chord_symbol_exception"),
    ],
)
def test_why_there_is_none(chords: list[tuple[int, str]], reason: str) -> None:
    made, counts = lead_sheets.with_chords(MELODY, section(*chords), (0,))
    assert (made, dict(counts)) == ([], {reason: 1})


def test_melodies_that_do_not_fit_their_chords() -> None:
    tune = Tune([60, -2, 62, -1], (4, 4), 16, ("C", "C", "C", "C"))
    assert lead_sheets.fit([tune]) == pytest.approx(2 / 3)  # the last step is silent
    assert lead_sheets.fit([tune._replace(chords=("N.C.",) * 4)]) == 0
    off = section((0, "Dm"))
    for least, kept in ((0.0, 1), (0.1, 0)):
        made, counts = lead_sheets.with_chords([Extracted([60, -2], 0, 0)], off, (0,), least)
        assert len(made) == kept
        assert dict(counts) == ({} if kept else {"sections_discarded_melody_off_chords": 1})


def test_the_first_chord_is_not_seen() -> None:
    spec = get_spec("basic_improv")
    inputs, labels = examples.encode([60, -2, 62], spec, ("Dsus", "C", "Am"))
    assert inputs.shape == (2, 49 + 38)
    assert [np.flatnonzero(row).tolist() for row in inputs] == [[1, 49 + 14], [13 + 9, 49]]
    assert labels.tolist() == [0, 16]
    with pytest.raises(ChordError, match="'Dsus' has no major"):
        examples.encode([60, -2, 62], spec, ("C", "Dsus", "C"))


def test_chords_of_a_note_sequence() -> None:
    made = NoteSequence(ticks_per_quarter=220, total_time=4.0)
    made.notes.add(pitch=60, velocity=80, start_time=0.0, end_time=4.0)
    for time, text, kind in ((-1.0, "C", 1), (1.0, "F", 1), (2.0, "la", 0), (9.0, "G", 1)):
        made.text_annotations.add(time=time, text=text, annotation_type=kind)
    found = piece_of_note_sequence(made).chords
    assert [(chord.time, chord.symbol) for chord in found] == [(0.0, "C"), (1.0, "F")]


@pytest.mark.parametrize("timing", ["absolute", "symbolic"])
def test_a_section_begins_with_the_chord_that_holds(timing: str) -> None:
    made = NoteSequence(ticks_per_quarter=220, total_time=8.0)
    made.notes.add(pitch=60, velocity=80, start_time=0.0, end_time=8.0)
    made.notes.add(pitch=62, velocity=80, start_time=5.0, end_time=8.0)
    made.time_signatures.add(time=4.0, numerator=3, denominator=4)
    for time, text in ((0.9, "C"), (2.0, "F"), (4.0, "Am"), (5.06, "G")):
        made.text_annotations.add(time=time, text=text, annotation_type=1)
    piece = pieces.piece_of_note_sequence(made.SerializeToString(), "x")
    cut, _ = sections.split(piece, options.make_options(SPEC, raw=False, timing=timing))
    assert [part.chords for part in cut] == [((7, "C"), (16, "F")), ((0, "Am"), (8, "G"))]


def test_a_file_of_lead_sheets(tmp_path) -> None:
    path = tmp_path / "training_lead_sheets.events"
    records = [
        events_file.header(4, with_chords=True),
        events_file.record([60, -2, -1], ("C", "C", "Am7/G")),
        events_file.record([127], ("N.C.",)),
    ]
    assert records[1] == b"\x3c\xfe\xff\x800 C|2 Am7/G"
    path.write_bytes(b"".join(map(frame, records)))
    assert list(events_file.read_lead_sheets(path)) == [
        LeadSheet([60, -2, -1], [(0, "C"), (2, "Am7/G")]),
        LeadSheet([127], [(0, "N.C.")]),
    ]
    with pytest.raises(
        DataError, match=r"found \('ssc_melody lead sheets', 1\); make one with ssc"
    ):
        list(events_file.read_events(path))


@pytest.mark.parametrize(
    "text", ["", "1 C", "0 C|0 D", "0 C|3 D", "0", "x C", "0 C|2 D|1 E", "0 \xe9"]
)
def test_damaged_chords_are_one_line(tmp_path, text: str) -> None:
    path = tmp_path / "x.events"
    record = b"\x3c\xfe\xfe\x80" + text.encode()
    path.write_bytes(frame(events_file.header(4, with_chords=True)) + frame(record))
    with pytest.raises(DataError, match="melody 1: expected chords such as"):
        list(events_file.read_lead_sheets(path))
