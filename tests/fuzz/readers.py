"""The table of readers: what reads bytes, good inputs to begin with, and words of the format.

A reader is added with one row at the end.
"""

import contextlib
import functools
import importlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from absl import flags

from ssc_melody.errors import OptionError, SscMelodyError
from tests.conftest import TESTDATA
from tests.fuzz import formats, texts

CASES, SCORES = TESTDATA / "cases", TESTDATA / "scores"


@dataclass(frozen=True)
class Reader:
    """A reader.

    Attributes:
        name: What it is called.
        read: Reads an input, and does with it what follows (nothing reads a file for its own sake).
        seeds: Returns good inputs.
        words: What the format is made of.
        make: Makes an input where bytes changed at random would not come far (checksums).
    """

    name: str
    read: Callable[[bytes], object]
    seeds: Callable[[], Sequence[bytes]]
    words: Sequence[bytes] = ()
    make: Callable[[Random], bytes] | None = field(default=None)

    def read_quietly(self, data: bytes) -> None:
        with contextlib.suppress(SscMelodyError):
            self.read(data)


def _files(folder: Path, *patterns: str, most: int = 2**15) -> Callable[[], list[bytes]]:
    @functools.cache
    def seeds() -> list[bytes]:
        paths = sorted(path for pattern in patterns for path in folder.glob(pattern))
        found = [path.read_bytes() for path in paths if path.stat().st_size <= most]
        assert found, f"no seeds {patterns} in {folder}"
        return found

    return seeds


@contextlib.contextmanager
def _file(data: bytes, name: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        yield path


# ---- music


def _use(piece: object) -> None:
    """Does with a piece what a data set does."""
    from ssc_melody.dataset import pieces, process
    from ssc_melody.dataset.options import make_options
    from ssc_melody.families.table import get_spec

    assert isinstance(piece, pieces.Piece)
    for raw in (True, False):
        process.process(piece, make_options(get_spec("basic_rnn"), raw=raw))
    pieces.digest(piece)


def _read_midi(data: bytes) -> None:
    from ssc_melody import pianoroll
    from ssc_melody.dataset.pieces import piece_of_midi
    from ssc_melody.melody.primer import from_midi
    from ssc_melody.midi.read import parse_midi
    from ssc_melody.render.picture import draw
    from ssc_melody.render.timeline import timeline

    music = parse_midi(data, "x.mid")
    _use(piece_of_midi(music, "x.mid"))
    for use in (
        lambda: draw(timeline(music)),
        lambda: pianoroll.from_piece(music),
        lambda: from_midi(data, num_steps=1000),
    ):
        with contextlib.suppress(SscMelodyError):
            use()


def _read_abc(data: bytes) -> None:
    from ssc_melody.dataset.scores import read_abc

    found, problems = read_abc(data, "x.abc")
    for piece in found[:20]:
        _use(piece)
    for problem in problems:
        assert "\n" not in problem.reason, problem


def _read_musicxml(data: bytes) -> None:
    from ssc_melody.dataset.scores import read_musicxml

    _use(read_musicxml(data, "x.xml"))


def _read_note_sequence(data: bytes) -> None:
    from ssc_melody.dataset.pieces import piece_of_note_sequence

    _use(piece_of_note_sequence(data, "x"))


def _read_zip(data: bytes) -> None:
    from ssc_melody.dataset import inputs, readers

    with _file(data, "x.zip") as path:
        for found in inputs.find([str(path)]):
            if isinstance(found, inputs.Source) and found.member:
                readers._member_bytes(found)
        inputs._opened_archive.cache_clear()


# ---- networks


def _read_bundle(data: bytes) -> None:
    """Plays a bundle; one with the checkpoint of a seed must play what the seed plays."""
    from ssc_melody.formats.bundle import parse_bundle
    from ssc_melody.play.loading import model_of_bundle

    bundle = parse_bundle(data, "x.mag")
    events = model_of_bundle(bundle, "basic_rnn").generate(1, 16, seed=1)[0].events
    assert len(events) == 16
    expected = formats.events_of_checkpoints().get(bundle.checkpoint)
    assert expected in (None, events), f"played {events}, expected {expected}"


def _read_metagraph(data: bytes) -> None:
    from ssc_melody.network.metagraph import read_metagraph

    facts = read_metagraph(data)
    assert 1 <= facts.batch_size <= 65536
    assert 0.1 <= facts.temperature <= 10


def _read_checkpoint_v1(data: bytes) -> None:
    from ssc_melody.formats.checkpoint import check_finite, parse_v1

    check_finite(parse_v1(data))


def _read_checkpoint_v2(data: bytes) -> None:
    """Reads an index and its data, with the length of the index in front."""
    from ssc_melody.formats.checkpoint import read_checkpoint

    size = int.from_bytes(data[:4], "big")
    with _file(data[4 : 4 + size], "m.index") as path:
        path.with_name("m.data-00000-of-00001").write_bytes(data[4 + size :])
        read_checkpoint(path)


# ---- records and data


def _read_tfrecord(data: bytes) -> None:
    from ssc_melody.dataset import events_file
    from ssc_melody.evaluation import copy_index
    from ssc_melody.formats import tfrecord
    from ssc_melody.play import critic

    with _file(data, "x") as path:
        list(tfrecord.scan_records(path))
        tfrecord.count_records(path)
        if events_file.is_events_file(path):
            for read_all in (events_file.read_events, events_file.read_lead_sheets):
                with contextlib.suppress(SscMelodyError):
                    list(read_all(path))
        for read in (copy_index.read, critic.read):
            with contextlib.suppress(SscMelodyError):  # each file is for one of them at most
                read(path)


def _read_json(data: bytes) -> None:
    """Reads JSON as each of its readers does; the first byte chooses."""
    from ssc_melody.dataset import piece_list
    from ssc_melody.evaluation import listening
    from ssc_melody.mixtape import tape
    from ssc_melody.play import run_config

    which, text = data[:1], data[1:]
    if which == b"r":
        run_config.parse(text)
    elif which == b"t":
        page = b'<script type="application/json" id="tape">' + text + b"</script>"
        with _file(page, "index.html") as path:
            tape.page_data(path)
    elif which == b"a":
        with _file(text, "answers.json") as path:
            listening.score_table([path])
    elif which == b"s":
        _read_project(text)
    else:
        with _file(text, "a.pieces.json") as path:
            piece_list.read(path.with_name("a.events"), 3)
            path.rename(path.with_name("report_files.jsonl"))
            piece_list.read(path.with_name("training_a.events"), 3)


def _read_hierarchy(data: bytes) -> None:
    from ssc_melody.play.hierarchy_file import load_hierarchy

    with _file(data, "a.hrnn") as path:
        (melody,) = load_hierarchy(path).generate(1, 20, seed=1)
        assert len(melody.events) == 20


def _read_analysis(data: bytes) -> None:
    """Places the numerals of an analysis; what they mean is music21's."""
    from ssc_melody.scores.roman_text import placed_numerals

    placed, _ = placed_numerals(data.decode("utf-8", "replace"))
    assert all(abs(numeral.tick) < 10**12 for numeral in placed)


def _read_project(text: bytes) -> None:
    """Reads a project of the studio, and writes all that a page could ask for of it."""
    from ssc_melody.studio import music, projects

    takes = [projects.take_of(melody) for melody in projects.read_project(text)["melodies"]]
    for take in takes:
        music.backing(take.melody.chords)
        for kind in music.FORMATS:
            with contextlib.suppress(SscMelodyError):
                music.export(take, kind)
    music.mixtape(takes, "t")


def _read_npz(data: bytes) -> None:
    from ssc_melody import pianoroll

    pianoroll.load_npz(data).to_midi_bytes()


_COMMANDS = ("generate", "create_dataset", "train", "evaluate")


@functools.cache
def _defined(command: str) -> flags.FlagValues:
    return importlib.import_module(f"ssc_melody.cli.{command}").define_flags()


def _fresh_flags(command: str) -> flags.FlagValues:
    """Returns a command's flags as they are before parsing (defining them anew is slow)."""
    values = _defined(command)
    values.unparse_flags()
    for name in values:
        values[name].unparse()
    return values


def _read_flags(data: bytes) -> None:
    """Parses a command line, an argument a line; the first names the command."""
    from ssc_melody.cli import console
    from ssc_melody.cli.flags import parse
    from ssc_melody.families.table import get_spec
    from ssc_melody.melody.primer import from_melody, parse_primer_melody
    from ssc_melody.specs import with_hparams

    name, *arguments = data.split(b"\n")
    command = name.decode("latin1")
    values = _fresh_flags(command if command in _COMMANDS else _COMMANDS[0])
    texts_ = [argument.decode("utf-8", "surrogateescape") for argument in arguments]
    if any("flagfile" in text for text in texts_):  # reads whatever file it is told to
        return
    try:
        parse(values, ["command", *texts_])
        if "primer_melody" in values and values.primer_melody:
            from_melody(parse_primer_melody(values.primer_melody), num_steps=1000)
        if "hparams" in values and values.hparams:
            with_hparams(get_spec("attention_rnn"), values.hparams)
    except SscMelodyError as error:
        raise OptionError(console.message(error, values)) from error


def _read_chords(data: bytes) -> None:
    """Reads chords (or after a "t" a table of them), and does with them what playing does."""
    from ssc_melody.chords import CHORD_ENCODINGS, parse_progression, transpose_chord
    from ssc_melody.chords.table import parse_table
    from ssc_melody.chords.voicing import voiced

    text = data[1:].decode("utf-8", "replace")
    chords = parse_table(text) if data.startswith(b"t") else parse_progression(text)
    assert 0 < len(chords) <= 1_000_000
    assert chords.steps_per_bar == 16
    for symbol in set(chords.symbols):
        transpose_chord(symbol, 5)
    assert voiced(chords.symbols) or set(chords.symbols) == {"N.C."}
    CHORD_ENCODINGS["pitches"].encode(chords.symbols[:1000])


READERS = {
    reader.name: reader
    for reader in (
        Reader("midi", _read_midi, _files(CASES, "*.mid", "*.kar", "*.rmi"), formats.MIDI_WORDS),
        Reader("abc", _read_abc, _files(SCORES, "*.abc", most=2**12), texts.ABC_WORDS),
        Reader(
            "musicxml",
            _read_musicxml,
            _files(SCORES, "*.xml", "*.musicxml", "*.mxl"),
            texts.XML_WORDS,
        ),
        Reader("mxl", _read_musicxml, _files(SCORES, "*.mxl"), make=formats.make_mxl),
        Reader(
            "note_sequence",
            _read_note_sequence,
            formats.note_sequences,
            make=formats.make_note_sequence,
        ),
        Reader("zip", _read_zip, formats.zips, formats.ZIP_WORDS, formats.make_zip),
        Reader("bundle", _read_bundle, formats.bundles, make=formats.make_bundle),
        Reader("metagraph", _read_metagraph, formats.metagraphs),
        Reader("checkpoint_v1", _read_checkpoint_v1, formats.v1, make=formats.make_v1),
        Reader("checkpoint_v2", _read_checkpoint_v2, formats.v2, make=formats.make_v2),
        Reader("tfrecord", _read_tfrecord, formats.tfrecords, make=formats.make_tfrecord),
        Reader("json", _read_json, texts.json_seeds, texts.JSON_WORDS),
        Reader("npz", _read_npz, formats.npzs, make=formats.make_npz),
        Reader("chords", _read_chords, texts.chord_seeds, texts.CHORD_WORDS),
        Reader("analysis", _read_analysis, texts.analysis_seeds, texts.ANALYSIS_WORDS),
        Reader("hierarchy", _read_hierarchy, formats.hierarchies, make=formats.make_hierarchy),
        Reader("flags", _read_flags, texts.flag_seeds, texts.FLAG_WORDS),
    )
}
