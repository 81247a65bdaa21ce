"""MusicXML as a file: encodings, namespaces, archives, and input that would do harm."""

import subprocess
import sys
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssc_melody.errors import DataError
from ssc_melody.scores import mxl, xml_events
from ssc_melody.scores.musicxml import read_musicxml
from ssc_melody.scores.score import Score
from tests.conftest import ROOT, TESTDATA, posix
from tests.musicxml_files import (  # fmt: skip
    CONTAINER,
    archive,
    attributes,
    bar,
    container,
    note,
    read,
    score_of,
    sounds,
)

FIRST = attributes()
SCORE = score_of([bar(FIRST, "C4:4")], names=("Flöte",))
OTHER = score_of([bar(FIRST, "D4:4")])


@pytest.mark.parametrize(
    ("declared", "codec", "mark"),
    [
        (None, "utf-8", b""),
        ("UTF-8", "utf-8", b"\xef\xbb\xbf"),
        ("UTF-8", "utf-8", b"\n  "),
        ("UTF-16", "utf-8", b""),
        ("utf-16", "utf-16-le", b"\xff\xfe"),
        ("UTF-8", "utf-16-be", b"\xfe\xff"),
        (None, "utf-16-le", b""),
        ("UTF-16", "utf-16-be", b""),
        ("UTF-32", "utf-32-le", b"\xff\xfe\x00\x00"),
        ("ISO-8859-1", "latin-1", b""),
        ("windows-1252", "cp1252", b""),
        ("macintosh", "mac-roman", b""),
        ("x-unknown", "utf-8", b""),
        ("hex", "utf-8", b""),
    ],
)
def test_encoding(declared, codec, mark):
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    score = read(mark + (head + SCORE).encode(codec))
    assert (sounds(score), score.part_names, score.warnings) == ("60@0+4", ["Flöte"], [])


def test_latin_1_that_calls_itself_utf_8():
    score = read(b'<?xml version="1.0" encoding="UTF-8"?>' + SCORE.encode("latin-1"))
    assert (sounds(score), score.part_names) == ("60@0+4", ["Flöte"])
    assert score.warnings == ["the text is not all utf-8, it was read as cp1252"]


def test_xml_1_1_and_zeros_at_the_end():
    assert sounds(read(b'<?xml version="1.1"?>' + SCORE.encode() + b"\r\n\0\0")) == "60@0+4"


def test_doctype_that_names_a_dtd_is_not_read():
    doctype = '<!DOCTYPE score-partwise PUBLIC "-//x//" "http://no.invalid/partwise.dtd">'
    assert sounds(read(doctype + SCORE)) == "60@0+4"


@pytest.mark.parametrize(
    "internal",
    [
        '<!ENTITY a "aaaaaaaaaa">',
        '<!ENTITY a SYSTEM "file:///etc/passwd">',
        '<!ENTITY % a SYSTEM "http://no.invalid/">%a;',
        '<!ATTLIST note x CDATA "y">',
        "<!ELEMENT note ANY>",
    ],
)
def test_declarations_are_refused(internal):
    with pytest.raises(DataError, match=r"^a.xml: refused: its <!DOCTYPE ... \[...\]> has decl"):
        read(f"<!DOCTYPE score-partwise [{internal}]>" + SCORE)


def test_namespaces():
    spaced = SCORE.replace("<score-partwise", '<score-partwise xmlns="http://example.com/m"', 1)
    assert sounds(read(spaced)) == "60@0+4"
    prefixed = SCORE.replace("</", "\0").replace("<", "<m:").replace("\0", "</m:")
    assert sounds(read(prefixed)) == "60@0+4"
    foreign = score_of([bar(FIRST, "<x:note/>", "<x:bar><note/></x:bar>", "C4:4")])
    assert sounds(read(foreign)) == "60@0+4"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "expected XML"),
        (b"MThd", "expected XML"),
        (b"<html></html>", r"expected MusicXML \(<score-partwise> or -timewise\), found <html>"),
        (b"<opus/>", "found <opus>"),
        (b"<score-partwise><part-list>", "not well-formed XML: no element found in line 1"),
        (b"<score-partwise>\n<a></b>", "not well-formed XML: mismatched tag in line 2, column 6"),
        (SCORE[:300].encode(), "not well-formed XML"),
        (SCORE.encode() + b"<more/>", "not well-formed XML: junk after document element"),
        (SCORE.replace("C<", "&x;<").encode(), "undefined entity"),
    ],
)
def test_damaged(data, message):
    with pytest.raises(DataError, match=f"^a.xml: .*{message}") as caught:
        read(data)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("xml", ["<score-partwise/>", "<score-timewise/>", score_of([])])
def test_score_without_music(xml):
    score = read(xml)
    assert (score.notes, score.metres, score.end) == ([], [], 0)


def test_elements_where_they_do_not_belong():
    inside = "<part-list/>" + bar("C4:1") + '<part id="X"/>' + note("C4:1")
    xml = (
        f"<score-partwise>{note('C4:1')}{bar('C4:4')}<part id='P'>{inside}</part></score-partwise>"
    )
    assert isinstance(read(xml), Score)
    assert isinstance(read(xml.replace("partwise", "timewise")), Score)
    assert isinstance(read(score_of([bar(FIRST, f"<note>{note('C4:4')}</note>")])), Score)


# --- archives ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "members",
    [
        {CONTAINER: container("score.xml"), "a.xml": OTHER, "score.xml": SCORE},
        {"a.xml": OTHER, "b/score.musicxml": SCORE, CONTAINER: container("b/score.musicxml")},
        {CONTAINER: container("sch%C3%B6n.xml"), "a.xml": OTHER, "schön.xml": SCORE},
        {CONTAINER: container("./Score.XML"), "a.xml": OTHER, "score.xml": SCORE},
        {CONTAINER: container("b\\score.xml"), "a.xml": OTHER, "b/score.xml": SCORE},
        {CONTAINER: container("gone.xml", "score.xml"), "a.xml": OTHER, "score.xml": SCORE},
        {CONTAINER: container("gone.xml"), "score.xml": SCORE, "z.xml": OTHER},
        {CONTAINER: "<damaged", "score.xml": SCORE},
        {"cover.png": b"", "score.musicxml": SCORE, "z.xml": OTHER},
        {CONTAINER: "<container/>", "META-INF/a.xml": OTHER, "score.xml": SCORE},
    ],
)
def test_archive(members):
    assert sounds(read_musicxml(archive(members), "a.mxl")) == "60@0+4"


def test_container_names_a_pdf_first():
    pdf = '<rootfile full-path="a.pdf" media-type="application/pdf"/>'
    index = container("score.xml").replace("<rootfile ", f"{pdf}<rootfile ", 1)
    members = {CONTAINER: index, "a.pdf": b"%PDF", "score.xml": SCORE}
    assert sounds(read_musicxml(archive(members), "a.mxl")) == "60@0+4"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (archive({"a.txt": b""}), "expected a score"),
        (archive({"a.xml": SCORE}, zipfile.ZIP_BZIP2), "packed with method 12"),
        (archive({"a.xml": SCORE}, zipfile.ZIP_LZMA), "packed with method 14"),
        (archive({"a.xml": SCORE})[:-30], "damaged .mxl archive"),
        (archive({"a.xml": SCORE}).replace(b"a.xml", b"b.xml", 1), "damaged .mxl archive"),
        (b"PK\x03\x04", "damaged .mxl archive"),
    ],
)
def test_archive_that_cannot_be_read(data, message):
    with pytest.raises(DataError, match=f"^a.mxl: .*{message}"):
        read_musicxml(data, "a.mxl")


def test_archive_that_unpacks_to_too_much(monkeypatch):
    monkeypatch.setattr(xml_events, "MAX_BYTES", 10_000)
    bomb = archive({"a.xml": SCORE + " " * 10_000})
    with pytest.raises(DataError, match=r"refused: 'a\.xml' unpacks to over 10000 bytes"):
        read_musicxml(bomb, "a.mxl")


def test_archive_with_a_forged_size():
    """Where the directory says 2 GB, what is there counts; where it says a byte, its sum is off."""
    honest = archive({"a.xml": SCORE})
    size = len(SCORE.encode()).to_bytes(4, "little")
    assert honest.count(size) == 2
    assert sounds(read_musicxml(honest.replace(size, b"\0\0\0\x80"), "a.mxl")) == "60@0+4"
    with pytest.raises(DataError, match=r"damaged \.mxl archive: Bad CRC-32"):
        read_musicxml(honest.replace(size, b"\1\0\0\0"), "a.mxl")


def test_archive_of_very_many_files(monkeypatch):
    monkeypatch.setattr(mxl, "_MAX_MEMBERS", 3)
    members = {f"{i}.xml": SCORE for i in range(4)}
    with pytest.raises(DataError, match="expected an archive of at most 3 files"):
        read_musicxml(archive(members), "a.mxl")


# --- limits --------------------------------------------------------------------------------------
def test_limits(monkeypatch):
    deep = "<score-partwise>" + "<a>" * 200
    with pytest.raises(DataError, match="at most 100 deep"):
        read(deep)
    with pytest.raises(DataError, match="at most 100 deep"):
        read("<score-partwise>" + "<part>" * 200)
    with pytest.raises(DataError, match="at most 1000 parts"):
        read("<score-partwise>" + "<part/>" * 1001 + "</score-partwise>")
    with pytest.raises(DataError, match="elements of at most 1048576 bytes"):
        read("<score-partwise><part><measure><note>" + "<a>" * 500_000)
    with pytest.raises(DataError, match="elements of at most 1048576 bytes"):
        read("<score-partwise " + "a" * 2**21)
    with pytest.raises(DataError, match="at most 150000 bars"):
        read(score_of(["<measure/>" * 75_001], ["<measure/>" * 75_000]))
    long = bar(FIRST, "C4:999999999999")
    with pytest.raises(DataError, match="a score below 10000000000 ticks"):
        read(score_of([long]))
    monkeypatch.setattr(xml_events, "MAX_ELEMENTS", 50)
    with pytest.raises(DataError, match="at most 50 elements"):
        read(score_of([bar(FIRST, *["C4:1"] * 20)]))
    monkeypatch.setattr(xml_events, "MAX_BYTES", 100)
    with pytest.raises(DataError, match="at most 100 bytes"):
        read(SCORE)


_LIMITED = """
import resource, sys
from ssc_melody.errors import DataError
from ssc_melody.scores.musicxml import read_musicxml
resource.setrlimit(resource.RLIMIT_CPU, (30, 30))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    read_musicxml(sys.stdin.buffer.read(), "bomb")
except DataError as error:
    pass
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def _bombs() -> dict[str, str]:
    chord = note("C4:1") + note("C4:1", before="<chord/>") * 100_000
    ties = '<tie type="{}"/><voice>{}</voice>'
    starts = "".join(note("C4:4", ties.format("start", i % 7) + "<chord/>") for i in range(15_000))
    stops = "".join(note("C4:4", ties.format("stop", 99) + "<chord/>") for i in range(15_000))
    metres = "".join(bar(attributes(metre=f"{1 + i % 9}/4"), "r:1") for i in range(15_000))
    changes = "".join(attributes(i + 2, "") + note("C4:1") for i in range(20_000))
    part = '<part id="{}"><measure>' + attributes() + "</measure></part>"
    parts = "".join(part.format(i) for i in range(999))
    return {
        "chord": score_of([bar(FIRST, chord)]),
        "ties": score_of([bar(FIRST, starts), bar(stops)]),
        "metres": score_of([metres]).replace("<part ", parts + "<part ", 1),
        "divisions": score_of([bar(changes)]),
        "bars": score_of(["<measure/>" * 100_000]),
        "names": "<score-partwise><part-list>" + "<score-part id='a'/>" * 200_000,
        "attributes": "<score-partwise><a " + " ".join(f"a{i}=''" for i in range(100_000)) + "/>",
        "text": f"<score-partwise><movement-title>{'x' * 10**7}",
    }


@posix
@pytest.mark.parametrize("name", list(_bombs()))
def test_bomb(name):
    """Each ends within the child's 30 seconds of CPU and with 300 MB or less of its own."""
    done = subprocess.run(
        [sys.executable, "-c", _LIMITED], input=_bombs()[name].encode(), cwd=ROOT,
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()[-500:]
    unit = 1024 if sys.platform != "darwin" else 1
    assert int(done.stdout) * unit <= 300 * 2**20


# --- any bytes -----------------------------------------------------------------------------------
_SEEDS = [path.read_bytes() for path in sorted((TESTDATA / "scores").iterdir())]
_TOKENS = [
    b"<measure>", b"</measure>", b"<note>", b"</note>", b"<chord/>", b"<grace/>", b"<cue/>",
    b"<backup><duration>9</duration></backup>", b"<duration>-1</duration>", b"999999999999",
    b"<divisions>0</divisions>", b"<divisions>3</divisions>", b"NaN", b"1e999", b"&a;", b"\0",
    b"<time><beats>9</beats><beat-type>8</beat-type></time>", b"<staff>2</staff>", b"\xff\xfe",
    b"<tie type='start'/>", b"<tie type='stop'/>", b"<part id='P1'>", b"</part>", b"<part-list>",
    b"<harmony><root><root-step>C</root-step></root><kind>minor</kind></harmony>", b"<![CDATA[",
    b"<transpose><chromatic>99</chromatic><double/></transpose>", b"<sound tempo='0.1'/>", b"]]>",
]  # fmt: skip


@st.composite
def _damaged(draw: st.DrawFn) -> bytes:
    data = bytearray(draw(st.sampled_from(_SEEDS)))
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, len(data)))
        cut = draw(st.integers(0, 40))
        data[at : at + cut] = draw(st.sampled_from(_TOKENS) | st.binary(max_size=4))
    return bytes(data)


def _gives_a_score_or_one_line(data: bytes) -> None:
    message = ""
    try:
        score = read_musicxml(data, "x")
    except DataError as error:
        message = str(error)
    if message:
        assert message.startswith("x: ")
        assert message.isprintable()
        assert len(message) <= 300
        return
    assert all(0 <= n.pitch <= 127 and 0 <= n.start < n.end <= score.end for n in score.notes)
    assert all(0 <= n.part < len(score.part_names) for n in score.notes)
    for marks in (score.metres, score.tempos, score.keys, score.chords):
        assert [m.tick for m in marks] == sorted(m.tick for m in marks)
        assert all(m.tick >= 0 for m in marks)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(_damaged())
def test_damaged_scores(data):
    _gives_a_score_or_one_line(data)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.binary(max_size=200))
def test_any_bytes(data):
    _gives_a_score_or_one_line(data)
    _gives_a_score_or_one_line(mxl.MAGIC + data)
