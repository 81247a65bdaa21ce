"""Pieces in unnamed tracks whose tune is known: on which `melody.part_scores` was set, and others.

`python -m benchmarks.bench_melody_track --data=FOLDER_WITH_THE_ZIPS --sets` prints for each set how
often the track with the tune is taken, and the notes' F1. The names of the parts, which the rule
does not see, give the answer; tracks are shuffled. Sets ending in "A" were used to set the weights,
in much this form, with 200 tunes and the Mozart of bench_melody_track. The others were not: they
are of other composers (lead sheets and hymns: other pieces) or of other kinds. In the made-up sets
the tune, what answers it and what accompanies it come from different music, so chords do not fit;
no feature of the score looks at chords.

  songs         OpenScore Lieder: the singer, and the two hands of the piano
  men's songs   the same with the singer an octave lower
  pop, piano    the singer; a bridge that plays in the singer's rests and over 10, 30 or 60 % of the
                song (A: first violins, B: tunes of symphonies); the piano in one track
  pop, chords   tunes of OpenEWLD sung twice, with interludes of four and eight bars; a bridge; an
                accompaniment of their chord symbols (A: broken, strummed; B: wide, one voice)
  band          the same with bass, a pad of one voice, a pad of chords (B: and a riff), a bridge
  choirs, hymns, quartets, chamber music with voice or piano: the top voice, violin or hand
"""

from __future__ import annotations

import random
import re
import sys
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.tune_score import TICKS, Row, make_piece, score
from ssc_melody.dataset import scores
from ssc_melody.errors import SscMelodyError
from ssc_melody.melody.track_names import ACCOMPANISTS, SINGER_ROWS, roles
from ssc_melody.melody.tune import choose_track, melody_track
from ssc_melody.midi.piece import MidiPiece
from ssc_melody.midi.read import parse_midi
from ssc_melody.scores.musicxml import read_musicxml
from ssc_melody.scores.score import TICKS_PER_QUARTER

BAR = 4 * TICKS
FEWEST = 8

Part = list[Row]
Parts = list[tuple[str, Part]]
Case = tuple[str, list[Part], int]
"""Set, parts, the number of the one with the tune."""


# --- reading ---------------------------------------------------------------------------------
def parts_of(music: MidiPiece) -> Parts:
    rows: dict[int, Part] = defaultdict(list)
    for n in music.notes:
        start, end = (t * TICKS // music.ticks_per_quarter for t in (n.start_tick, n.end_tick))
        if not n.is_drum and end > start:
            rows[n.track].append((n.pitch, start, end))
    return [(music.track_names[i], rows[i]) for i in sorted(rows) if len(rows[i]) >= FEWEST]


def archive(path: Path, ending: str) -> Iterator[tuple[str, Parts, MidiPiece]]:
    with zipfile.ZipFile(path) as file:
        for name in sorted(file.namelist()):
            if not name.endswith(ending):
                continue
            data = file.read(name)
            try:
                read = parse_midi(data, name) if ending == ".mid" else mxl(data, name)
            except SscMelodyError as error:
                print(f"skipped {name}: {error}", file=sys.stderr)
                continue
            yield name, parts_of(read), read


def mxl(data: bytes, name: str) -> MidiPiece:
    return scores.read_musicxml(data, name).music


def is_a(name: str) -> bool:
    """Tells to which half a piece belongs: by its composer's folder."""
    return zlib.crc32(name.split("/")[1].encode()) % 2 == 1


def case(name: str, group: str, parts: list[Part], tune: int = 0) -> Case:
    order = list(range(len(parts)))
    random.Random(f"{group} {name}").shuffle(order)
    return group, [parts[i] for i in order], order.index(tune)


# --- songs -----------------------------------------------------------------------------------
def songs(data: Path) -> Iterator[tuple[str, list[Part], list[Part]]]:
    """Yields (name, voices, accompanying staffs) of songs with a piano or without anything."""
    keys = set(ACCOMPANISTS.split())
    for name, parts, _ in archive(data / "openscore_lieder.zip", ".mxl"):
        found = roles([label for label, _ in parts])
        voices = [rows for (_, rows), r in zip(parts, found, strict=True) if r.row in SINGER_ROWS]
        played = [rows for label, rows in parts if keys & set(re.findall(r"\w+", label.lower()))]
        if voices and len(voices) + len(played) == len(parts):
            yield name, voices, played


def song_cases(data: Path, lines: dict[str, list[Part]]) -> Iterator[Case]:
    for name, voices, hands in songs(data):
        half = "A" if is_a(name) else "B"
        voice = voices[0]
        if len(voices) > 2:
            yield case(name, "choirs", voices)
            if hands:
                yield case(name, "choirs with piano", voices + hands)
        elif len(voices) == 1 and len(hands) > 1:
            low = [(pitch - 12, start, end) for pitch, start, end in voice]
            yield case(name, f"songs {half}", [voice, *hands])
            yield case(name, f"men's songs {half}", [low, *hands])
            rng = random.Random(name)
            answer = bridge(voice, rng.choice(lines[half]), rng, rng.choice((0.1, 0.3, 0.6)))
            if len(answer) > 0.15 * len(voice):
                piano = [row for hand in hands for row in hand]
                yield case(name, f"pop, piano {half}", [voice, answer, piano])


# --- pop -------------------------------------------------------------------------------------
def length(rows: Part) -> int:
    return max(end for _, _, end in rows)


def bridge(tune: Part, line: Part, rng: random.Random, overlap: float) -> Part:
    """Plays a line in the rests of a tune and, of each four bars, with probability over it."""
    center = rng.choice((64, 67, 72, 76))
    rests, until = [], 0
    for start, end in sorted((start, end) for _, start, end in tune):
        if start - until >= BAR // 2:
            rests.append((until, start))
        until = max(until, end)
    rows = [row for a, b in rests for row in excerpt(line, a, b, center, rng)]
    for at in range(0, length(tune), 4 * BAR):
        if rng.random() < overlap:
            over = excerpt(line, at, at + 4 * BAR, center, rng)
            rows += [r for r in over if not any(a <= r[1] < b for a, b in rests)]
    highest = {start: (pitch, start, end) for pitch, start, end in sorted(rows)}
    return [highest[start] for start in sorted(highest)]


def excerpt(line: Part, start: int, end: int, center: int, rng: random.Random) -> Part:
    """Takes bars of a line from anywhere, in the octave whose middle is nearest to center."""
    move = start - rng.randrange(max(1, length(line) // BAR - 8)) * BAR
    rows = [(p, a + move, min(b + move, end)) for p, a, b in line if start <= a + move < end]
    if not rows:
        return []
    middle = sorted(pitch for pitch, _, _ in rows)[len(rows) // 2]
    octaves = round((center - middle) / 12) * 12
    return [(pitch + octaves, a, b) for pitch, a, b in rows]


Chords = list[tuple[int, list[int]]]


def lead_sheets(data: Path, half: str) -> Iterator[tuple[str, Part, Chords]]:
    """Yields tunes twice through with interludes, and their triads (tick, pitch classes)."""
    with zipfile.ZipFile(data / "openewld.zip") as file:
        for name in sorted(n for n in file.namelist() if n.endswith(".mxl")):
            if zlib.crc32(name.encode()) % 2 != "AB".index(half):
                continue
            read = read_musicxml(file.read(name), name)
            scale = TICKS_PER_QUARTER // TICKS
            tune = [(n.pitch, n.start // scale, n.end // scale) for n in read.notes if not n.part]
            chords = [(c.tick // scale, triad(c.symbol)) for c in read.chords if c.symbol != "N.C."]
            if len(tune) < 30 or len(chords) < 5:
                continue
            rng = random.Random(name)
            once = -(-length(tune) // BAR) * BAR
            tune = with_interludes([*tune, *((p, a + once, b + once) for p, a, b in tune)], rng)
            middle = sorted(pitch for pitch, _, _ in tune)[len(tune) // 2]
            octaves = round((rng.choice((57, 60, 64, 67, 72)) - middle) / 12) * 12
            chords += [(tick + once, chord) for tick, chord in chords]
            yield name, [(p + octaves, a, b) for p, a, b in tune], chords


def triad(symbol: str) -> list[int]:
    root = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}.get(symbol[:1], 0)
    root += symbol[1:2].count("#") - symbol[1:2].count("b")
    rest = symbol[1:].lstrip("#b")
    third = 3 if rest.startswith(("m", "-", "dim", "o")) and not rest.startswith("maj") else 4
    return [root % 12, (root + third) % 12, (root + 7) % 12]


def with_interludes(tune: Part, rng: random.Random) -> Part:
    rows, shift, phrase = [], 4 * BAR, 8 * BAR
    for pitch, start, end in sorted(tune, key=lambda row: row[1]):
        while start >= phrase:
            phrase += 8 * BAR
            shift += rng.choice((0, 0, 2, 4, 8)) * BAR
        rows.append((pitch, start + shift, end + shift))
    return rows


def halves(chords: Chords, end: int, each: int = BAR // 2) -> Iterator[tuple[int, list[int]]]:
    """Yields the chord of each half bar (or of what `each` says)."""
    for tick in range(0, end, each):
        yield tick, max((c for c in chords if c[0] <= tick), default=chords[0])[1]


def accompany(style: str, chords: Chords, end: int, rng: random.Random) -> Part:
    rows, eighth, base = [], TICKS // 2, rng.choice((48, 52, 55))
    for tick, chord in halves(chords, end):
        close = sorted(base + (pitch - base) % 12 for pitch in chord)
        bass = 36 + chord[0]
        if style == "strummed":
            rows.append((bass, tick, tick + TICKS))
            rows += [(p, tick + i, tick + i + 400) for i in (0, TICKS) for p in close]
            continue
        wide = [*close, *(pitch + 12 for pitch in close)]
        figure = {"broken": (0, 1, 2, 3), "wide": rng.choices(range(6), k=4), "one": (0, 2, 1, 3)}
        for i, which in enumerate(figure[style]):
            rows.append((wide[which], tick + i * eighth, tick + (i + 1) * eighth))
        if style != "one":
            rows.append((bass, tick, tick + BAR // 2))
        if style == "wide" and rng.random() < 0.4:
            rows += [(pitch, tick, tick + BAR // 2) for pitch in wide[2:5]]
    return rows


def pad(voices: int, chords: Chords, end: int, rng: random.Random) -> Part:
    rows, base, each = [], rng.choice((60, 67, 72, 76)), rng.choice((BAR, BAR // 2))
    last = base
    for tick, chord in halves(chords, end, each):
        near = [base - 6 + (pitch - base + 6) % 12 for pitch in chord]
        last = min(near, key=lambda pitch: (abs(pitch - last), pitch))
        rows += [(p, tick, tick + each) for p in (near if voices > 1 else [last])]
    return rows


def pop_cases(data: Path, lines: dict[str, list[Part]]) -> Iterator[Case]:
    styles = {"A": ("broken", "strummed"), "B": ("wide", "one", "broken")}
    for half in "AB":
        for name, tune, chords in lead_sheets(data, half):
            rng, end = random.Random(name), length(tune) + 4 * BAR
            answer = bridge(tune, rng.choice(lines[half]), rng, rng.choice((0.1, 0.3, 0.6)))
            played = accompany(rng.choice(styles[half]), chords, end, rng)
            if len(answer) > 0.15 * len(tune):
                yield case(name, f"pop, chords {half}", [tune, answer, played])
            bass = [
                (36 + chord[2 * (i % 4 == 3)], tick, tick + TICKS)
                for i, (tick, chord) in enumerate(halves(chords, end, TICKS))
            ]
            others = [pad(1, chords, end, rng), pad(3, chords, end, rng)]
            others.append(accompany("one" if half == "B" else "broken", chords, end, rng))
            others.append(bridge(tune, rng.choice(lines[half]), rng, rng.choice((0, 0.2))))
            others = [rows for rows in others if len(rows) > FEWEST and rng.random() < 0.7]
            yield case(name, f"band {half}", [tune, bass, *others])


# --- choirs and chamber music ----------------------------------------------------------------
def hymns(data: Path) -> Iterator[Case]:
    for name, parts, _ in archive(data / "open_hymnal.zip", ".mid"):
        half = "AB"[zlib.crc32(name.encode()) % 2]
        yield case(name, f"hymns {half}", [rows for _, rows in parts])


def mutopia(data: Path) -> Iterator[Case]:
    kinds = {
        "Mutopia, quartets": r"violinI:$|:vlI$",
        "Mutopia, keyboard": r"[uU]p:|derecha:|right:$",
        "Mutopia, songs": r"Voice:|chant:|:mel$",
    }
    for name, parts, _ in archive(data / "mutopia_mozart_haydn.zip", ".mid"):
        for group, first in kinds.items():
            if len(parts) > 1 and re.match(first, parts[0][0]):
                yield case(name, group, [rows for _, rows in parts])


def quartets() -> Iterator[Case]:
    from music21 import corpus

    folder = Path(corpus.__file__).parent
    groups = {"mozart": "quartets A", "haydn": "quartets A", "beethoven": "quartets, Beethoven"}
    for composer, group in groups.items():
        for path in sorted((folder / composer).rglob("*.mxl")):
            parts = parts_of(mxl(path.read_bytes(), path.name))
            if len(parts) == 4:
                yield case(path.name, group, [rows for _, rows in parts])


def cases(data: Path) -> Iterator[Case]:
    lines = {
        half: [p[0][1] for _, p, _ in archive(data / name, ".mxl") if p and len(p[0][1]) > 300]
        for half, name in (
            ("A", "openscore_quartets_violin1.zip"),
            ("B", "hauptstimme_melody.zip"),
        )
    }
    sources: list[Callable[[], Iterator[Case]]] = [
        lambda: song_cases(data, lines),
        lambda: pop_cases(data, lines),
        lambda: hymns(data),
        lambda: mutopia(data),
        quartets,
    ]
    for source in sources:
        try:
            yield from source()
        except (ImportError, OSError) as error:
            print(f"skipped: {error}", file=sys.stderr)


def report(data: Path) -> None:
    table: dict[str, list[tuple[bool, float]]] = defaultdict(list)
    for group, parts, tune in cases(data):
        piece = make_piece([("", rows) for rows in parts])
        f1 = score(melody_track(piece), parts[tune], TICKS / 8)[2]
        table[group].append((choose_track(piece) == tune, f1))
    print("| set | n | right track | F1 |\n|---|---|---|---|")
    for group, rows in sorted(table.items()):
        right, f1s = (sum(column) / len(rows) for column in zip(*rows, strict=True))
        print(f"| {group} | {len(rows)} | {right:.3f} | {f1s:.3f} |")
