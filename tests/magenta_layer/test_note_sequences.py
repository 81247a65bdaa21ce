"""NoteSequences of music files: convert_dir against stock's, scores against note-seq's parsers."""

import os

import note_seq
import pytest
from magenta.scripts import convert_dir_to_note_sequences as stock_convert
from note_seq import abc_parser, musicxml_parser, musicxml_reader

from ssc_melody.cli import convert_dir_to_note_sequences as convert
from ssc_melody.formats import tfrecord
from ssc_melody.magenta_layer.note_sequences import sequence_of_score
from ssc_melody.scores import abc_notation
from tests.midi_files import midi_bytes
from tests.musicxml_files import attributes, bar, note, read, score_of

CHORD = note_seq.NoteSequence.TextAnnotation.CHORD_SYMBOL
TUNE = "X:1\nT:Scale\nM:4/4\nL:1/4\nK:C\n" + "CDEF|GABc|" * 4 + "\n"


def of_abc(text):
    """Returns the NoteSequence of the one tune of a text."""
    (tune,) = abc_notation.read_tunes(text.encode(), "x.abc")
    return sequence_of_score(tune.score)


def by_note_seq(tmp_path, xml):
    path = tmp_path / "x.xml"
    path.write_text(xml)
    return musicxml_reader.musicxml_to_sequence_proto(musicxml_parser.MusicXMLDocument(str(path)))


def sounds(sequence):
    rows = [(n.part, n.start_time, n.end_time, n.pitch) for n in sequence.notes]
    return sorted((part, round(a, 9), round(b, 9), pitch) for part, a, b, pitch in rows)


def harmony(step, kind):
    return f"<harmony><root><root-step>{step}</root-step></root><kind>{kind}</kind></harmony>"


def test_musicxml_is_as_note_seq_reads_it(tmp_path):
    tempo = '<direction><sound tempo="90"/></direction>'
    key = "<key><fifths>2</fifths></key>"
    first = f"<attributes><divisions>4</divisions>{key}<time><beats>3</beats>" + (
        "<beat-type>4</beat-type></time></attributes>"
    )
    upper = [
        bar(first, tempo, harmony("D", "major"), "D5:4 E5:2 F#5:2", note("A4:4")),
        bar(harmony("A", "dominant"), "r:4 C#5:8"),
        bar(harmony("B", "minor"), note("D5:12"), note("B4:12", before="<chord/>")),
    ]
    lower = [bar(first, "D3:12"), bar("A2:12"), bar("B2:6 F#2:6")]
    xml = score_of(upper, lower, names=("Violin", "Cello"))
    made, expected = sequence_of_score(read(xml)), by_note_seq(tmp_path, xml)
    assert sounds(made) == sounds(expected)
    assert len(made.notes) == 11
    assert [p.name for p in made.part_infos] == [p.name for p in expected.part_infos]
    assert [(t.time, t.qpm) for t in made.tempos] == [(t.time, t.qpm) for t in expected.tempos]
    assert made.time_signatures == expected.time_signatures[:1]  # note-seq: one for each part
    assert made.key_signatures == expected.key_signatures[:1]
    annotations = [(a.time, a.text, a.annotation_type) for a in made.text_annotations]
    assert annotations == [(a.time, a.text, a.annotation_type) for a in expected.text_annotations]
    assert annotations == [(0, "D", CHORD), (2, "A7", CHORD), (4, "Bm", CHORD)]
    assert made.total_time == expected.total_time == 6


@pytest.mark.parametrize(
    ("field", "tonic", "mode"),
    [
        ("C", "C", "MAJOR"), ("Gm", "G", "MINOR"), ("EAeo", "E", "MINOR"), ("FIon", "F", "MAJOR"),
        ("DDor", "D", "DORIAN"), ("EPhr", "E", "PHRYGIAN"), ("FLyd", "F", "LYDIAN"),
        ("GMix", "G", "MIXOLYDIAN"), ("BLoc", "B", "LOCRIAN"), ("BbDor", "B_FLAT", "DORIAN"),
        ("F#m", "F_SHARP", "MINOR"), ("EbLyd", "E_FLAT", "LYDIAN"),
    ],
)  # fmt: skip
def test_keys_have_their_tonic_and_mode_as_note_seq_has_them(field, tonic, mode):
    (key,) = of_abc(f"X:1\nL:1/4\nK:{field}\nCDEF|\n").key_signatures
    number = note_seq.NoteSequence.KeySignature
    assert (key.time, key.key, key.mode) == (0, number.Key.Value(tonic), number.Mode.Value(mode))
    _, their_key, their_mode = abc_parser.ABCTune.parse_key(field)
    assert (key.key, key.mode) == (their_key, their_mode)


def test_modes_of_musicxml():
    def key(fifths, mode):
        more = f"<key><fifths>{fifths}</fifths><mode>{mode}</mode></key>"
        (found,) = sequence_of_score(
            read(score_of([bar(attributes(more=more), "D4:4")]))
        ).key_signatures
        return found.key, found.mode

    modes = note_seq.NoteSequence.KeySignature
    assert key(0, "dorian") == (modes.D, modes.DORIAN)
    assert key(-3, "minor") == (modes.C, modes.MINOR)
    assert key(3, "aeolian") == (modes.F_SHARP, modes.MINOR)
    assert key(1, "ionian") == (modes.G, modes.MAJOR)
    assert key(0, "hypodorian") == (modes.C, modes.NOT_SPECIFIED)


def test_no_key_is_no_key_and_accidentals_alone_have_no_mode():
    assert not of_abc("X:1\nL:1/4\nK:none\nCDEF|\n").key_signatures
    (key,) = of_abc("X:1\nL:1/4\nK:^f\nCDEF|\n").key_signatures
    assert (key.key, key.mode) == (7, note_seq.NoteSequence.KeySignature.NOT_SPECIFIED)


def test_a_pickup_fills_its_bar_and_moves_all_but_what_holds_from_the_beginning():
    sequence = of_abc('X:1\nM:3/4\nL:1/4\nQ:1/4=60\nK:G\n"D7"D|"G"GAB|[K:D]"A"cBA|"G"G3|\n')
    assert [(n.pitch, n.start_time, n.end_time) for n in sequence.notes[:3]] == [
        (62, 2, 3),
        (67, 3, 4),
        (69, 4, 5),
    ]
    assert [(t.time, t.qpm) for t in sequence.tempos] == [(0, 60)]
    assert [(t.time, t.numerator, t.denominator) for t in sequence.time_signatures] == [(0, 3, 4)]
    assert [(k.time, k.key) for k in sequence.key_signatures] == [(0, 7), (6, 2)]
    assert [(a.time, a.text) for a in sequence.text_annotations] == [
        (2, "D7"),
        (3, "G"),
        (6, "A"),
        (9, "G"),
    ]
    assert sequence.total_time == 12


def test_convert_equals_stock(tmp_path):
    folder = tmp_path / "music"
    (folder / "sub").mkdir(parents=True)
    for i in range(3):
        notes = [(60 + j % 12, 4 * j, 4 * j + 4) for j in range(20 + i)]
        (folder / f"{i}.mid").write_bytes(midi_bytes({"": notes}))
    (folder / "sub" / "x.midi").write_bytes(midi_bytes({"": [(60, 0, 4)]}))
    (folder / "bad.mid").write_bytes(b"MThd")
    (folder / "readme.txt").write_bytes(b"")
    (folder / "tune.abc").write_text(TUNE)
    (folder / "score.musicxml").write_text(score_of([bar(attributes(), "C4:4")]))
    stock_convert.convert_directory(str(folder), str(tmp_path / "stock"), True)
    flags = [f"--input_dir={folder}", f"--output_file={tmp_path / 'ours'}", "--log=ERROR"]
    assert convert.main(["x", *flags, "--recursive"]) == 0
    parse = note_seq.NoteSequence.FromString
    made = {s.id: s for s in map(parse, tfrecord.read_records(tmp_path / "ours"))}
    expected = {s.id: s for s in map(parse, tfrecord.read_records(tmp_path / "stock"))}
    assert len(expected) == 4
    assert {key: made[key] for key in expected} == expected
    assert sorted((s.filename, len(s.notes)) for s in made.values() if s.id not in expected) == [
        ("score.musicxml", 1),
        ("tune.abc", 32),
    ]
    assert convert.main(["x", *flags]) == 0
    assert len(list(tfrecord.read_records(tmp_path / "ours"))) == 5
    assert convert.main(["x", f"--input_dir={tmp_path / 'none'}", f"--output_file={folder}"]) == 1


SCALE = [(60 + j % 12, 4 * j, 4 * j + 4) for j in range(32)]


def test_convert_dir_reads_names_in_latin_1(tmp_path, capsys):
    folder = tmp_path / os.fsdecode(b"musique \xe9")
    try:
        folder.mkdir()
    except OSError as error:
        pytest.skip(f"this file system takes UTF-8 names only: {error}")
    (folder / os.fsdecode(b"caf\xe9.mid")).write_bytes(midi_bytes({"": SCALE}))
    (folder / "good.mid").write_bytes(midi_bytes({"": SCALE[:30]}))
    target = tmp_path / "music.tfrecord"
    assert convert.main(["x", f"--input_dir={folder}", f"--output_file={target}"]) == 0
    out, err = capsys.readouterr()
    assert (out, err) == (f"Wrote 2 NoteSequences to {target}; 0 not readable\n", "")
    found = [note_seq.NoteSequence.FromString(r) for r in tfrecord.read_records(target)]
    assert [sequence.filename for sequence in found] == ["caf\\udce9.mid", "good.mid"]
    assert {sequence.collection_name for sequence in found} == {"musique \\udce9"}
