"""Primers: the text of --primer_melody, and where generation starts and ends."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssc_melody.errors import MelodyError, MidiError, OptionError, PrimerError
from ssc_melody.melody.primer import from_melody, from_midi, parse_primer_melody

GOLDEN = json.loads((Path(__file__).parents[2] / "testdata" / "golden_primer.json").read_text())


@pytest.mark.parametrize(
    "text",
    [
        "[60, -2, 62]",
        "60, -2, 62",
        "60,-2,62",
        "(60, -2, 62)",
        " [ 60 , -2 , 62 , ] ",
        '"[60, -2, 62]"',
        "'60, -2, 62'",
        "\u201c[60, \u22122, 62]\u201d",
        "\u2018[60, \u20132, 62]\u2019",
        "[60,\n-2,\t+62]",
    ],
)
def test_parse(text):
    assert parse_primer_melody(text) == [60, -2, 62]


def test_parse_a_single_note():
    assert parse_primer_melody("60") == parse_primer_melody("[60]") == parse_primer_melody("(60,)")


@pytest.mark.parametrize(
    ("text", "place", "found"),
    [
        ("[60, x, 62]", 6, '"x"'),
        ("60 62", 1, '"60 62"'),
        ("[60, 62", 8, "the end"),
        ("[60, 62)", 9, "the end"),
        ("60, 62]", 5, '"62]"'),
        ("[60,, 62]", 5, "nothing"),
        ("[60, 128]", 6, "128"),
        ("[60, -3]", 6, "-3"),
        ("[60.5]", 2, '"60.5"'),
        ("[[60]]", 2, '"[60]"'),
        ("['60']", 2, "\"'60'\""),
        ("[" + "9" * 5000 + "]", 2, '"' + "9" * 20 + '"'),
        ("[]", 2, "none"),
        ("", 1, "none"),
        ("[", 2, "the end"),
        (",", 1, "none"),
        ("C4 D4", 1, '"C4 D4"'),
    ],
)
def test_parse_errors_say_where(text, place, found):
    with pytest.raises(PrimerError) as error:
        parse_primer_melody(text)
    message = str(error.value)
    assert f"character {place}: " in message
    assert f"found {found};" in message
    assert 'for example "[60, -2, 60, -2' in message
    assert len(message) < 300


@given(st.text(alphabet="[](),-0123456789 '\"\u2212x", max_size=20))
def test_parse_gives_events_or_primer_errors(text):
    try:
        events = parse_primer_melody(text)
    except PrimerError:
        return
    assert events
    assert all(-2 <= event <= 127 for event in events)


@given(st.lists(st.integers(-2, 127), min_size=1))
def test_parse_reads_what_python_prints(events):
    assert parse_primer_melody(str(events)) == parse_primer_melody(str(tuple(events))) == events


def as_asked(primer):
    return [primer.events, primer.num_steps, primer.start_step, primer.steps_per_bar]


@pytest.mark.parametrize("case", GOLDEN, ids=range(len(GOLDEN)))
def test_as_stock(case, tmp_path):
    path = tmp_path / "primer.mid"
    path.write_bytes(bytes.fromhex(case["midi"]))
    num_steps = case["num_steps"]
    if case["melody"]:
        primer = from_melody(case["events"], num_steps=num_steps, qpm=case["qpm"])
        assert as_asked(primer) == case["melody"]
    if case["midi_melody"] and any(event >= 0 for event in case["events"]):
        assert as_asked(from_midi(path, num_steps=num_steps)) == case["midi_melody"]


def test_the_golden_file_is_there():
    assert len(GOLDEN) == 60
    assert sum(case["melody"] is not None for case in GOLDEN) > 30


def test_a_step_or_two_of_silence_follow_the_primer():
    primer = from_melody([60, -2, 62, -2], num_steps=128)
    assert as_asked(primer) == [[60, -2, 62, -2, -1, -2], 128, 0, 16]
    assert (primer.primer_steps, primer.qpm) == (4, 120.0)
    assert from_melody([60] * 4, num_steps=128, qpm=44).events == [60] * 4 + [-1]  # 4.999... steps


def test_silence_around_the_primer_is_cut():
    primer = from_melody([-2] * 18 + [60, -1, -2, -2], num_steps=128)
    assert as_asked(primer) == [[-2, -2, 60, -1, -2], 112, 16, 16]
    assert primer.primer_steps == 3


def test_no_notes_give_a_step_of_silence():
    primer = from_melody([-2, -1, -2], num_steps=128)
    assert as_asked(primer) == [[-2], 127, 1, 16]
    assert primer.primer_steps == 0
    assert from_melody([-2], num_steps=2).num_steps == 2
    with pytest.raises(PrimerError, match=r"Primer is 0 steps.*at least 2$"):
        from_melody([-2], num_steps=1)


def test_too_long_names_the_smallest_number_that_works():
    message = "Primer is 64 steps; `num_steps` counts it and must be at least 66"
    for num_steps in (-5, 0, 64, 65):
        with pytest.raises(PrimerError, match=f"^{re.escape(message)}$"):
            from_melody([60] * 64, num_steps=num_steps)
    primer = from_melody([60] * 64, num_steps=66)  # stock rounds the start to 66 and crashes
    assert (primer.events, primer.num_steps) == ([60] * 64 + [-1], 66)
    assert len(from_melody([60] * 64, num_steps=67).events) == 66


@given(st.integers(1, 80), st.floats(4, 1000), st.sampled_from(["step", "bar"]))
def test_the_smallest_number_works_for_every_tempo(length, qpm, continue_at):
    with pytest.raises(PrimerError) as error:
        from_melody([60] * length, num_steps=1, qpm=qpm, continue_at=continue_at)
    needed = int(str(error.value).split()[-1])
    with pytest.raises(PrimerError):
        from_melody([60] * length, num_steps=needed - 1, qpm=qpm, continue_at=continue_at)
    primer = from_melody([60] * length, num_steps=needed, qpm=qpm, continue_at=continue_at)
    assert length <= len(primer.events) < primer.num_steps <= needed
    assert primer.events[:length] == [60] * length


def test_bad_settings():
    with pytest.raises(OptionError, match=r"qpm: expected 3\.58 to 6e7"):
        from_melody([60], num_steps=128, qpm=0)
    with pytest.raises(PrimerError, match='expected continue_at "step" or "bar", found \'beat\''):
        from_melody([60], num_steps=128, continue_at="beat")
    with pytest.raises(MelodyError, match="event 1"):
        from_melody([60, 128], num_steps=128)


def test_continue_at_the_bar_line():
    primer = from_melody([60] * 13, num_steps=128, continue_at="bar")
    assert as_asked(primer) == [[60] * 13 + [-1, -2, -2], 128, 0, 16]
    at_the_end = from_melody([60] * 16, num_steps=17, continue_at="bar")
    assert as_asked(at_the_end) == [[60] * 16, 17, 0, 16]
    with pytest.raises(PrimerError, match=r"Primer is 17 steps.*at least 33"):
        from_melody([60] * 17, num_steps=32, continue_at="bar")
    assert from_melody([-2], num_steps=128, continue_at="bar").events == [-2]


def write_midi(path, *tracks):
    """Writes tracks of (name, channel, [(pitch, start step, end step)]) or of meta messages."""
    import mido

    midi = mido.MidiFile(ticks_per_beat=96)
    for track in tracks:
        rows = [(time, 0, message) for time, message in track.get("meta", [])]
        for pitch, start, end in track.get("notes", []):
            for order, step, velocity in ((2, start, 100), (1, end, 0)):
                message = mido.Message(
                    "note_on", note=pitch, velocity=velocity, channel=track.get("channel", 0)
                )
                rows.append((step * 24, order, message))
        out = mido.MidiTrack([mido.MetaMessage("track_name", name=track.get("name", ""))])
        now = 0
        for time, _, message in sorted(rows, key=lambda row: row[:2]):
            out.append(message.copy(time=round(time - now)))
            now = round(time)
        midi.tracks.append(out)
    midi.save(path)


def meta(kind, tick=0, **values):
    import mido

    return tick, mido.MetaMessage(kind, **values)


@pytest.fixture
def band(tmp_path):
    path = tmp_path / "band.mid"
    write_midi(
        path,
        {"name": "Violin I", "notes": [(72, 0, 2), (74, 4, 6)]},
        {"name": "Cello", "channel": 1, "notes": [(48, 0, 4), (50, 5, 8)]},
        {"name": "Drums", "channel": 9, "notes": [(36, 0, 10)]},
    )
    return path


def test_tracks_are_merged_and_the_highest_note_wins(band):
    primer = from_midi(band, num_steps=64)
    assert primer.events[:8] == [72, -2, -1, -2, 74, 50, -2, -2]
    assert (primer.primer_steps, len(primer.events)) == (8, 12)  # drums last to step 10


@pytest.mark.parametrize("track", [2, "2", "Cello", "cello", "ell"])
def test_one_track(band, track):
    events = [48, -2, -2, -2, -1, 50, -2, -2, -1, -2]
    assert from_midi(band, num_steps=64, track=track).events == events


@pytest.mark.parametrize("track", [0, 4, "Flute", "Drums", 3, ""])
def test_unknown_tracks_are_listed(band, track):
    listed = '1 "Violin I" (2 notes), 2 "Cello" (2 notes), 3 "Drums" (0 notes)'
    with pytest.raises(PrimerError, match=f"found none for {track!r}; .*{re.escape(listed)}"):
        from_midi(band, num_steps=64, track=track)


def test_tempo_changes_do_not_move_steps(tmp_path):
    path = tmp_path / "primer.mid"
    tempos = [meta("set_tempo", tempo=10**6), meta("set_tempo", 50, tempo=333_333)]
    write_midi(path, {"meta": tempos, "notes": [(60, 0, 4), (62, 4, 8)]})
    primer = from_midi(path, num_steps=64)
    assert as_asked(primer) == [[60, -2, -2, -2, 62, -2, -2, -2, -1, -2], 64, 0, 16]
    assert primer.qpm == 60


@pytest.mark.parametrize(
    ("numerator", "denominator", "steps"), [(3, 4, 12), (6, 8, 12), (5, 16, 5), (5, 32, 16)]
)
def test_the_first_metre_holds(tmp_path, numerator, denominator, steps):
    path = tmp_path / "primer.mid"
    metres = [
        meta("time_signature", numerator=numerator, denominator=denominator),
        meta("time_signature", 96, numerator=7, denominator=8),
    ]
    write_midi(path, {"meta": metres, "notes": [(60, 17, 18)]})
    primer = from_midi(path, num_steps=64)
    assert primer.steps_per_bar == steps
    assert primer.start_step == 17 - 17 % steps
    assert primer.events.index(60) == 17 % steps


def test_no_notes_in_a_midi_file(tmp_path):
    write_midi(tmp_path / "empty.mid", {"name": "nothing"})
    primer = from_midi(tmp_path / "empty.mid", num_steps=128)
    assert (primer.events, primer.start_step, primer.num_steps) == ([-2], 1, 127)
    assert primer.primer_steps == 0


def test_a_giant_piece_is_too_long_not_too_large(tmp_path):
    write_midi(tmp_path / "long.mid", {"notes": [(60, 0, 1), (60, 10**7, 10**7 + 1)]})
    with pytest.raises(PrimerError, match=r"Primer is 10000001 steps.*at least 10000003"):
        from_midi(tmp_path / "long.mid", num_steps=128)


ABC = b"X:1\nT:Air\nM:3/4\nL:1/4\nQ:1/4=90\nK:G\nD|G>AB|c2F|\n"
MUSICXML = b"""<score-partwise><part-list>
<score-part id="P1"><part-name>Flute</part-name></score-part>
</part-list><part id="P1"><measure number="1"><attributes><divisions>2</divisions>
<time><beats>2</beats><beat-type>4</beat-type></time></attributes>
<note><pitch><step>C</step><octave>5</octave></pitch><duration>1</duration></note>
<note><rest/><duration>1</duration></note>
<note><pitch><step>D</step><alter>1</alter><octave>5</octave></pitch><duration>2</duration></note>
</measure></part></score-partwise>"""


def test_a_tune_in_abc():
    primer = from_midi(ABC, num_steps=64)
    notes = (
        [-2] * 8 + [62, -2, -2, -2, 67, -2, -2, -2, -2, -2, 69, -2, 71, -2, -2, -2, 72] + [-2] * 7
    )
    assert primer.events[:36] == [*notes, 66, -2, -2, -2]
    assert (primer.qpm, primer.metre, primer.steps_per_bar) == (90, (3, 4), 12)
    assert primer.primer_steps == 36
    assert primer.warnings == ()


def test_a_score_in_musicxml(tmp_path):
    (tmp_path / "tune.musicxml").write_bytes(MUSICXML)
    primer = from_midi(tmp_path / "tune.musicxml", num_steps=64, track="Flute")
    assert primer.events[:8] == [72, -2, -1, -2, 75, -2, -2, -2]
    assert (primer.qpm, primer.metre, primer.steps_per_bar) == (120, (2, 4), 8)


def test_the_first_of_several_tunes():
    primer = from_midi(ABC + b"\nX:2\nK:C\nc4\n", num_steps=64)
    assert primer.qpm == 90
    assert primer.warnings == ("the file has several tunes; the first is taken",)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            b"X:1\nK:C\nV:" + b"x" * 9 + b"\nC99999999999999999999\n",
            "#1: expected numbers of at most 9 digits",
        ),
        (b"<score-partwise>", "the bytes given: not well-formed XML"),
        (b"PK\x03\x04" + b"x" * 40, "the bytes given: damaged .mxl archive"),
        (b"just words", "not a MIDI file: expected it to begin with b'MThd'"),
    ],
)
def test_damaged_scores(data, message):
    with pytest.raises(MidiError, match=message) as raised:
        from_midi(data, num_steps=64)
    assert "\n" not in str(raised.value)
