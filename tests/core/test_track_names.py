"""What names of parts say, as literal tables: alone, and together with the other names."""

import pytest

from ssc_melody.melody.track_names import BASS, NAMELESS, OTHER, Role, name_rank, roles


@pytest.mark.parametrize(
    ("name", "rank"),
    [
        ("MELODY", 0),
        ("mélodie", 0),
        ("mélodie".encode().decode("latin1"), 0),
        ("me\u0301lodie", 0),
        ("主旋律", 0),
        ("メロディ".encode("cp932").decode("latin1"), 0),
        ("旋律".encode("gb18030").decode("latin1"), 0),
        ("Hauptstimme", 0),
        ("Lead_Vox2", 1),
        ("leadVocal", 1),
        ("Gesang", 1),
        ("Singstimme\n\n          Voice", 1),
        ("CHANT.", 1),
        ("Canto", 1),
        ("Voz", 1),
        ("Sång", 1),
        ("S1V1", 1),
        ("Lead guitar", 2),
        ("Soprano I.", 3),
        ("Sopranstimme", 3),
        ("1er Dessus", 3),
        ("Mezzo-soprano", 3),
        ("Contralto", 3),
        ("Altstimme", 3),
        ("Ténors", 3),
        ("Tenor (or\n1st Baritone)", 3),
        ("Bariton", 3),
        ("baryton", 3),
        ("Barítono", 3),
        ("Soprano Recorder", 3),
        ("Piano right", 4),
        ("RH", 4),
        ("Bright piano", NAMELESS),
        ("", NAMELESS),
        ("Alto Sax", NAMELESS),
        ("Tenor trombone", NAMELESS),
        ("Horn (bass clef) in C", NAMELESS),
        ("S.", NAMELESS),
        ("Violin I", NAMELESS),
        ("Piano left", OTHER),
        ("Melody harmony", OTHER),
        ("Backing vocals", OTHER),
        ("Piano\n(for practice only)", OTHER),
        ("Voice (cutaway)", OTHER),
        ("Bass", OTHER),
        ("Baß", OTHER),
        ("Bass guitar", OTHER),
        ("Double Bass", OTHER),
        ("Fretless bass", OTHER),
        ("Contrabasso", NAMELESS),
    ],
)
def test_a_name_by_itself(name, rank):
    assert name_rank(name) == rank


@pytest.mark.parametrize(
    ("names", "tune"),
    [
        (["Soprano", "Alto", "Tenor", "Bass", "Piano"], 0),
        (["Bass", "Tenor", "Alto", "Soprano"], 3),
        (["Bass", "Tenor", "Alt", "Sopran"], 3),
        (["Basse", "Ténor", "Alto", "Dessus"], 3),
        (["Basso", "Tenore", "Contralto", "Canto"], 3),
        (["Bajo", "Tenor", "Contralto", "Tiple"], 3),
        (["Bassus", "Tenor", "Altus", "Cantus"], 3),
        (["B.", "T.", "A.", "S."], 3),
        (["B1", "T1", "A1", "S2", "S1"], 4),
        (["Piano", "Ten.", "Bar."], 1),
        (["S2V2", "S2V1", "S1V2", "S1V1"], 3),
        (["Piano", "Baritone"], 1),
        (["Piano", "Piano", "Alt"], 2),
        (["Piano", "Piano", "Bass"], 2),
        (["Klavier", "Baß"], 1),
        (["Pianoforte", "Tenor 2", "Tenor 1", "Bass 1", "Bass 2"], 2),
        (["Tenor II", "Tenor I", "Bass II", "Bass I"], 1),
        (["2nd Tenor", "1st Bass", "2nd Bass", "Alto (or\n1st Tenor)", "Piano"], 3),
        (["Voice 2", "Voice 1", "Piano"], 1),
        (["2d Dessus\nVoice 2", "1er Dessus\nVoice 1", "Piano"], 1),
        (["S", "A", "T", "B", "Solo", "Piano"], 4),
        (["Tenor", "Lead", "Baritone", "Bass"], 1),
        (["Violoncello", "Singstimme\nVoice", "Pianoforte"], 1),
        (["Violino\nViolin", "Canto\nVoice", "Cembalo\nPiano", "Basso\nCello"], 1),
        (["Voice (cutaway)", "Voice", "Piano"], 1),
        (["Bass", "Drums", "Vocals"], 2),
    ],
)
def test_the_name_with_the_tune(names, tune):
    found = roles(names)
    assert found.index(min(found)) == tune
    assert min(found).row < NAMELESS


def test_names_of_one_kind_are_told_apart_by_their_numbers():
    assert roles(["Tenor 2", "Tenor II", "Tenore secondo", "Tenor"]) == [
        Role(3, 4, 2),
        Role(3, 4, 2),
        Role(3, 4, 2),
        Role(3, 4, 1),
    ]


@pytest.mark.parametrize(
    "names",
    [
        ["Bass", ""],
        ["Bass", "Strings"],
        ["Bass", "Guitar", "Drums"],
        ["Bass guitar", "Piano"],
        ["Acoustic Bass", "Piano"],
        ["Bass Trombone", "Soprano"],
    ],
)
def test_a_bass_among_instruments_is_one(names):
    assert roles(names)[0] == Role(OTHER)


def test_a_bass_among_voices_sings():
    assert roles(["Bass", "Bass", "Piano"])[0] == Role(3, BASS, 1)


@pytest.mark.parametrize("names", [["A", "Piano"], ["S", "Piano"], ["A", "B"], ["A", "B", "C"]])
def test_letters_that_are_no_voices(names):
    assert {role.row for role in roles(names)} == {NAMELESS}
