"""A mixtape: songs, which are MIDI files, and the runs that made them.

A page carries what a folder of MIDI files cannot: its title, where each primer ends, which run made
a song. `from_folder` takes that from the page that is there already, for files that are unchanged.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ssc_melody import files
from ssc_melody.chords.symbols import NO_CHORD, parse_chord
from ssc_melody.errors import (
    ChordError,
    FormatError,
    MidiError,
    OptionError,
    SscMelodyError,
    printable,
)
from ssc_melody.formats.json_data import check_json, parse_json
from ssc_melody.midi.read import MAX_BYTES, parse_midi
from ssc_melody.mixtape import names
from ssc_melody.render.accompaniment import accompaniment
from ssc_melody.render.timeline import Timeline, TimelineNote, timeline

logger = logging.getLogger("ssc_melody")

PAGE_NAME = "index.html"
FORMAT = 1
"""Version of the data in a page; a page of another version is written anew."""

_MOST_WARNINGS = 3
"""Of a song."""

MAX_PAGE_BYTES = 2**28

_SCHEMA = {
    "title": str,
    "runs": [{"command": str, "facts": [(str, str)]}],
    "songs": [
        {"title": str, "file": str, "sha256": str, "primer": float, "run": int | None},
    ],
}
_SUFFIXES = (".mid", ".midi", ".kar", ".smf", ".rmi")
_DATA = re.compile(r'<script type="application/json" id="tape">(.*?)</script>', re.DOTALL)
_STAMPED = re.compile(r"(\d{4}-\d\d-\d\d)_(\d\d)(\d\d)(\d\d)_0*(\d+)$")
_NO_SUBJECT = {"", "generated", "midi", "midis", "mid", "out", "output", "tmp", "temp"}


Chords = Sequence[tuple[float, str]]
"""(quarter note, symbol) where each begins."""


@dataclass(frozen=True)
class Run:
    """What made songs.

    Attributes:
        command: The command line that makes them again.
        facts: (name, value) to be read by people, such as ("Seed", "7").
    """

    command: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Song:
    """A MIDI file on the tape.

    Attributes:
        title: Its name on the page.
        file_name: The name of the file.
        midi: Its bytes.
        line: Its notes, bars, beats and chords.
        primer: Quarter notes from the beginning that were given, not generated.
        run: Which of the tape's runs made it, from 0; None if unknown.
        about: What it begins with, in words.
        abc: Its notation as a tune of ABC; "" for none.
        rendered: The notes of its chords, where they are in the file; `line` is without them.
    """

    title: str
    file_name: str
    midi: bytes = field(repr=False)
    line: Timeline = field(repr=False)
    primer: float = 0.0
    run: int | None = None
    about: str = ""
    abc: str = field(default="", repr=False)
    rendered: tuple[TimelineNote, ...] = field(default=(), repr=False)

    @property
    def backing(self) -> Sequence[TimelineNote]:
        """The notes of its chords: those of the file, or else such as it could have."""
        return self.rendered or accompaniment(self.line)

    @property
    def checksum(self) -> str:
        """SHA-256 of the file."""
        return hashlib.sha256(self.midi).hexdigest()


@dataclass(frozen=True)
class Mixtape:
    """Songs under a title."""

    title: str
    songs: tuple[Song, ...]
    runs: tuple[Run, ...] = ()


def default_title(subject: str) -> str:
    """Returns a title for music of a composer, a folder or a model.

    >>> default_title("mozart"), default_title("generated")
    ('Melodies of mozart', 'Melodies')
    """
    name = " ".join(subject.split())
    if re.sub(r"[\W_]+", "", name).lower() in _NO_SUBJECT:
        return "Melodies"
    return f"Melodies of {name}"


def song_title(stem: str) -> str:
    """Returns a song's title from the name of its file, without the ending.

    >>> song_title("2026-11-23_091502_03"), song_title("k545_mv2")
    ('Melody 3 of 2026-11-23 09:15:02', 'k545 mv2')
    """
    stamped = _STAMPED.fullmatch(stem)
    if stamped:
        day, hour, minute, second, number = stamped.groups()
        return f"Melody {number} of {day} {hour}:{minute}:{second}"
    return re.sub(r"[\s_]+", " ", stem).strip() or stem


def read_song(
    path: Path,
    title: str | None = None,
    primer: float = 0.0,
    run: int | None = None,
    about: str = "",
    chords: Chords = (),
) -> Song:
    """Reads a MIDI file as a song (see `Song` for the arguments).

    Args:
        chords: (quarter note, symbol) where a chord begins; all instruments but the first play
            them.

    Raises:
        MidiError: It cannot be read, or is too long to be drawn.
    """
    midi = files.read_bytes(path, MidiError, MAX_BYTES)
    piece = parse_midi(midi, str(path))
    for warning in piece.warnings[:_MOST_WARNINGS]:
        logger.warning("%s: %s", path, warning)
    line = timeline(piece, f"MIDI file {path}")
    name = printable(path.name)  # a name may hold bytes that are not text
    song = Song(title or song_title(Path(name).stem), name, midi, line, primer, run, about)
    return on_chords(song, chords) if chords else song


def on_chords(song: Song, chords: Chords) -> Song:
    """Returns a song with its chords; their notes in the file are no longer its melody's.

    Args:
        song: A melody, and the notes of its chords if the file has them.
        chords: (quarter note, symbol) where a chord begins.
    """
    notes = song.line.notes
    melody = [note for note in notes if note.instrument == 0]
    line = replace(song.line, notes=melody, chords=tuple(chords))
    return replace(song, line=line, rendered=tuple(n for n in notes if n.instrument != 0))


def from_folder(folder: Path, title: str | None = None) -> Mixtape:
    """Makes a mixtape of the MIDI files in a folder, by name; subfolders are passed over.

    Args:
        folder: The folder; the page that is in it tells of the files that it knows.
        title: None for that page's title, or one from the folder's name.

    Raises:
        OptionError: There is no such folder, or no readable MIDI file in it, or its index.html is
            none of ours.
    """
    if not folder.is_dir():
        raise OptionError(f"expected a folder of MIDI files, found no folder {folder}")
    known = page_data(folder / PAGE_NAME)
    paths = sorted(
        (path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES),
        key=lambda path: [int(x) if x.isdecimal() else x for x in re.split(r"(\d+)", path.name)],
    )
    if not paths:
        deeper = next((p.parent for s in _SUFFIXES for p in folder.rglob(f"*{s}")), None)
        hint = f"; there are some in {deeper}" if deeper else ""
        raise OptionError(f"no MIDI file (.mid, .midi, .kar, .smf, .rmi) in {folder}{hint}")
    rows = {(row["file"], row["sha256"]): row for row in reversed(known["songs"])}
    songs = []
    for path in paths:
        try:
            songs.append(_remembered(read_song(path), rows))
        except SscMelodyError as error:
            logger.warning("left out: %s", error)
    if not songs:
        raise OptionError(f"none of the {len(paths)} MIDI files in {folder} can be read")
    title = title or known.get("title") or default_title(folder.resolve().name)
    runs = tuple(Run(run["command"], tuple(map(tuple, run["facts"]))) for run in known["runs"])
    return _with_used_runs(Mixtape(title, tuple(songs), runs))


def page_data(path: Path) -> dict[str, Any]:
    """Returns what a page of ours holds; no songs and no runs if there is none yet.

    Raises:
        OptionError: The file is not such a page, so that it must not be replaced.
    """
    empty: dict[str, Any] = {"songs": [], "runs": []}
    if not path.exists():
        return empty
    text = files.read_bytes(path, OptionError, MAX_PAGE_BYTES).decode("utf-8", "replace")
    found = _DATA.search(text)
    if not found:
        raise OptionError(
            f"{path} is there already and is not a mixtape; move it away, or choose another folder"
        )
    try:
        data: dict[str, Any] = parse_json(found[1], {"format": int})
        if data["format"] != FORMAT:
            return empty
        check_json(data, _SCHEMA)
        for song in data["songs"]:
            check_json(song.get("chords", []), [(float, str)])
            for _, symbol in song.get("chords", ()):
                symbol == NO_CHORD or parse_chord(symbol)
            if song["run"] is not None and not 0 <= song["run"] < len(data["runs"]):
                raise FormatError(f"no run {song['run']}")
    except (FormatError, ChordError):  # changed by somebody's hand
        return empty
    return data


def _remembered(song: Song, known: dict[tuple[str, str], dict[str, Any]]) -> Song:
    """Adds to a song what the page knew of the file, if it is unchanged."""
    row = known.get((song.file_name, song.checksum))
    if row is None:
        return song
    chords = [(at, symbol) for at, symbol in row.get("chords", ())]
    song = on_chords(song, chords) if chords else song
    about, abc = (row.get(name, "") for name in ("about", "abc"))
    return replace(
        song,
        title=row["title"],
        primer=row["primer"],
        run=row["run"],
        about=about if isinstance(about, str) else "",
        abc=abc if isinstance(abc, str) else "",
    )


def named(songs: Iterable[Song]) -> tuple[Song, ...]:
    """Gives each song a name of its own (see `names`)."""
    made: list[Song] = []
    for song in songs:
        made.append(replace(song, title=names.name(song.line, [other.title for other in made])))
    return tuple(made)


def _with_used_runs(tape: Mixtape) -> Mixtape:
    """Drops the runs of which no song is left."""
    used = sorted({song.run for song in tape.songs if song.run is not None})
    number = {old: new for new, old in enumerate(used)}
    songs = tuple(
        song if song.run is None else replace(song, run=number[song.run]) for song in tape.songs
    )
    return Mixtape(tape.title, songs, tuple(tape.runs[old] for old in used))
