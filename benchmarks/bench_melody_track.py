"""How well the tune is found: note precision, recall and F1 against pieces whose tune is known.

    python -m benchmarks.bench_melody_track --data=FOLDER_WITH_THE_ZIPS [--pieces=60] [--seed=0]
        [--sets]

A note counts as found if one of the answer has its pitch and begins at most half a sixteenth away;
each note is matched once (mir_eval's transcription score without offsets, in ticks). The figures
are means over pieces. The answers compared:
  discard       stock's default: parts in which notes begin together are dropped, all others kept
  top_note      the highest of the notes that begin together, over all parts
  melody_track  the part most likely to carry the tune, then its tune

Ground truth:
  nottingham    tunes of nottingham_abc.zip (needs note-seq) over their own chord symbols, played as
                block chords, as broken chords, or as chords that reach into the tune's register; in
                one track, in several tracks without names (shuffled), and with names
  chorales, quartets, songs
                from music21's corpus: soprano, first violin and voice, as tracks with their names,
                without names, and all in one track
  piano         classical.zip and mozart.zip (Piano right, Piano left): the reference is the top
                note of the right hand, so this measures agreement on the hand, not truth

With --sets only those of benchmarks/tune_sets.py: some 3,900 pieces in unnamed tracks.
What cannot be loaded is skipped with its reason.
"""

import argparse
import dataclasses
import random
import sys
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from benchmarks.tune_score import TICKS, Row, make_piece, score
from ssc_melody.melody.tune import melody_track, top_note
from ssc_melody.midi.read import MidiNote, MidiPiece, read_midi

QUARTETS = [
    *[f"mozart/k155/movement{i}" for i in (1, 2, 3)],
    *[f"mozart/k156/movement{i}" for i in (1, 2, 3, 4)],
    "mozart/k458/movement2",
    *[f"haydn/opus1no1/movement{i}" for i in (1, 2, 3, 4, 5)],
    "haydn/opus74no1/movement3",
]
SONGS = [
    "schumann_robert/opus48no2",
    "schubert/Lindenbaum",
    "beach/prayer_of_a_tired_child",
    "handel/rinaldo/Lascia_chio_pianga",
    "verdi/laDonnaEMobile",
    "weber/concertino_clarinet",
]

Case = tuple[str, MidiPiece, list[Row]]
"""Group, piece, the notes of its tune."""


# --- pieces from rows ----------------------------------------------------------------------------
def arrangements(
    group: str, parts: list[tuple[str, list[Row]]], tune: list[Row], rng: random.Random
) -> Iterator[Case]:
    yield f"{group}, named tracks", make_piece(parts), tune
    shuffled = [("", rows) for _, rows in parts]
    rng.shuffle(shuffled)
    yield f"{group}, tracks without names", make_piece(shuffled), tune
    yield f"{group}, one track", make_piece([("", [row for _, r in parts for row in r])]), tune


# --- Nottingham ----------------------------------------------------------------------------------
def nottingham(data: Path, count: int, rng: random.Random) -> Iterator[Case]:
    try:
        from absl import logging
        from note_seq import abc_parser, chord_symbols_lib
    except ImportError as error:
        raise LookupError(f"needs note-seq ({error})") from error
    logging.set_verbosity(logging.ERROR)  # it warns of every field that it does not know
    tunes = []
    with zipfile.ZipFile(data / "nottingham_abc.zip") as archive:
        for name in sorted(archive.namelist()):
            if name.endswith(".abc"):
                text = archive.read(name).decode("latin1")
                tunes += abc_parser.parse_abc_tunebook(text)[0].values()
    tunes = [tune for tune in tunes if len(tune.text_annotations) > 4 and len(tune.notes) > 30]
    styles = [("block chords", block), ("broken chords", broken), ("close chords", close)]
    for number, tune in enumerate(rng.sample(tunes, min(count, len(tunes)))):
        rows = [(n.pitch, tick(n.start_time), tick(n.end_time)) for n in tune.notes]
        harmony = chord_spans(tune, rows[-1][2], chord_symbols_lib)
        style, play = styles[number % len(styles)]
        bass = [(36 + chord[0] % 12, start, end) for start, end, chord in harmony]
        parts = [("Bass", bass), ("Melody", rows), ("Guitar", play(harmony))]
        yield from arrangements(f"nottingham over {style}", parts, rows, rng)


def tick(seconds: float) -> int:
    return round(seconds * 2 * TICKS)


def chord_spans(tune, end: int, lib) -> list[tuple[int, int, list[int]]]:
    """Lists (start, end, pitch classes, the root first), half notes at the longest."""
    spans = []
    marks = sorted((tick(a.time), a.text) for a in tune.text_annotations)
    for (start, text), (stop, _) in zip(marks, [*marks[1:], (end, "")], strict=True):
        try:
            chord = lib.chord_symbol_pitches(text.partition("/")[0])
        except lib.ChordSymbolError:
            continue
        for at in range(start, stop, 2 * TICKS):
            spans.append((at, min(stop, at + 2 * TICKS), chord))
    return spans


def block(harmony) -> list[Row]:
    return [(48 + p % 12, start, end) for start, end, chord in harmony for p in sorted(set(chord))]


def close(harmony) -> list[Row]:
    return [(62 + (p - 2) % 12, s, e) for s, e, chord in harmony for p in sorted(set(chord))]


def broken(harmony) -> list[Row]:
    rows = []
    for start, end, chord in harmony:
        pitches = sorted(50 + (p - 2) % 12 for p in set(chord))
        for i, at in enumerate(range(start, end, TICKS // 2)):
            rows.append((pitches[(0, 2, 1, 2)[i % 4] % len(pitches)], at, at + TICKS // 2))
    return rows


# --- music21's corpus ----------------------------------------------------------------------------
def scores(group: str, names: Iterable[str], rng: random.Random) -> Iterator[Case]:
    try:
        from music21 import corpus
    except ImportError as error:
        raise LookupError(f"needs music21 ({error})") from error
    for name in names:
        parts = [part_rows(part) for part in corpus.parse(name).toSoundingPitch().parts]
        parts = [(label, rows) for label, rows in parts if rows]
        yield from arrangements(group, parts, parts[0][1], rng)


def part_rows(part) -> tuple[str, list[Row]]:
    rows = []
    for element in part.stripTies().flatten().notes:
        start = round(float(element.offset) * TICKS)
        end = round(float(element.offset + element.quarterLength) * TICKS)
        if end > start and hasattr(element, "pitches"):
            rows += [(pitch.midi, start, end) for pitch in element.pitches]
    return part.partName or "", rows


def chorales(count: int, rng: random.Random) -> Iterator[Case]:
    numbers = sorted(rng.sample(range(253, 438), count))
    yield from scores("chorales", [f"bach/bwv{number}" for number in numbers], rng)


# --- piano ---------------------------------------------------------------------------------------
def piano(data: Path, archive_name: str) -> Iterator[Case]:
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(data / archive_name) as archive:
        for name in sorted(archive.namelist()):
            piece = read_midi(archive.extract(name, folder))
            right = [i for i, n in enumerate(piece.track_names) if n.lower().endswith("right")]
            step = piece.ticks_per_quarter // 4
            tune = top_note([note for note in piece.notes if note.track in right], step)
            rows = [(note.pitch, note.start_tick, note.end_tick) for note in tune]
            group = f"piano ({Path(archive_name).stem})"
            yield f"{group}, named hands", piece, rows
            plain = dataclasses.replace(piece, track_names=[""] * len(piece.track_names))
            yield f"{group}, without names", plain, rows
            merged = [note._replace(track=0, instrument=0) for note in piece.notes]
            yield f"{group}, one track", dataclasses.replace(plain, notes=merged), rows


# --- answers and scores --------------------------------------------------------------------------
def discard(piece: MidiPiece) -> list[MidiNote]:
    step = max(1, piece.ticks_per_quarter // 4)
    parts = defaultdict(list)
    for note in piece.notes:
        if not note.is_drum:
            parts[note.instrument].append(note)
    return [n for part in parts.values() if len(top_note(part, step)) == len(part) for n in part]


ANSWERS: dict[str, Callable[[MidiPiece], list[MidiNote]]] = {
    "discard": discard,
    "top_note": lambda piece: top_note(piece.notes, max(1, piece.ticks_per_quarter // 4)),
    "melody_track": melody_track,
}


def load(data: Path, count: int, seed: int) -> list[Case]:
    sources: dict[str, Callable[[random.Random], Iterator[Case]]] = {
        "nottingham": lambda rng: nottingham(data, count, rng),
        "chorales": lambda rng: chorales(count // 2, rng),
        "quartets": lambda rng: scores("quartets", QUARTETS, rng),
        "songs": lambda rng: scores("songs", SONGS, rng),
        "mozart": lambda rng: piano(data, "mozart.zip"),
        "classical": lambda rng: piano(data, "classical.zip"),
    }
    cases = []
    for name, source in sources.items():
        try:
            cases += source(random.Random(seed))
        except (LookupError, OSError) as error:
            print(f"skipped {name}: {error}", file=sys.stderr)
    return cases


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with the zips")
    parser.add_argument("--pieces", type=int, default=60, help="tunes of nottingham")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sets", action="store_true", help="pieces in unnamed tracks instead")
    options = parser.parse_args()
    if options.sets:
        from benchmarks import tune_sets

        tune_sets.report(options.data)
        return
    table = defaultdict(lambda: defaultdict(list))
    for group, piece, tune in load(options.data, options.pieces, options.seed):
        for name, answer in ANSWERS.items():
            table[group][name].append(score(answer(piece), tune, piece.ticks_per_quarter / 8))
    print("| pieces | n |" + "".join(f" {name} P / R / F1 |" for name in ANSWERS))
    print("|---|---|" + "---|" * len(ANSWERS))
    for group, answers in table.items():
        cells = [
            " / ".join(f"{sum(column) / len(rows):.3f}" for column in zip(*rows, strict=True))
            for rows in answers.values()
        ]
        count = len(answers["top_note"])
        print(f"| {group} | {count} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
