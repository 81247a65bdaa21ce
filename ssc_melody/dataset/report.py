"""What came of a run: counts that add up, a table to read and a JSON file to keep.

Follows the statistics of magenta/pipelines (the names of its counters), and adds what they do not
say: which files, which option helps. Totals have a fixed size; the rows of single files do not, so
report.json names the first MAX_FILES of them, and files.jsonl has them all, written as they come.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from ssc_melody.chords.symbols import kind_of
from ssc_melody.constants import NOTES_PER_OCTAVE, note_name
from ssc_melody.dataset import lead_sheets, sections
from ssc_melody.dataset.process import EVAL, OTHER_METRE, TRAINING, Example
from ssc_melody.melody import extraction

MAX_FILES = 1000

DUPLICATE = "pieces_discarded_as_duplicates"
DRUMS_ONLY = "pieces_with_drums_only"
NO_NOTES = "pieces_without_notes"

MAX_WARNINGS = 50
"""Kinds of warnings that are told apart; more are counted together."""
SIMILAR = "melodies_discarded_as_similar_to_earlier"
IN_OTHER_SET = "melodies_discarded_as_in_the_other_set"
IN_LEAVE_OUT = "melodies_discarded_as_in_leave_out"

REASONS: dict[str, tuple[str, str]] = {
    extraction.POLYPHONIC: (
        "tracks dropped: notes begin together",
        "`polyphony=top_note` or melody_track",
    ),
    extraction.TOO_SHORT: (
        "melodies dropped: too short",
        "a smaller `min_bars` or larger `gap_bars`",
    ),
    extraction.TOO_FEW_PITCHES: ("melodies dropped: too few pitches", "`min_unique_pitches`"),
    extraction.TOO_EMPTY: ("melodies dropped: too many empty bars", "`max_empty_bar_ratio`"),
    extraction.BAD_BAR: (
        "sections dropped: bars are not a whole number of steps",
        "a larger `steps_per_quarter`",
    ),
    extraction.BAD_NOTE: ("notes dropped: end before they begin", ""),
    extraction.TRUNCATED: ("melodies cut at the longest length", "`long_melodies=split`"),
    extraction.SPLIT: ("melodies split at the longest length", "`max_steps`"),
    sections.MULTIPLE_METRES: ("sections dropped: several metres", ""),
    sections.MULTIPLE_TEMPOS: ("sections dropped: several tempos", "`timing=symbolic`"),
    sections.BAD_METRE: ("sections dropped: impossible metre", ""),
    sections.BAD_TIME: ("sections dropped: impossible times", "`timing=symbolic`"),
    sections.OUT_OF_RANGE: (
        "transpositions dropped: pitch out of range",
        "`transpose_semitones`",
    ),
    sections.OUT_OF_PITCHES: ("notes dropped: pitch out of range", "`min_pitch`, `max_pitch`"),
    lead_sheets.NO_CHORDS: ("melodies dropped: no chord", "`infer_chords`"),
    lead_sheets.COINCIDENT: ("melodies dropped: two chords begin on one step", ""),
    lead_sheets.BAD_SYMBOL: ("sections dropped: a chord symbol cannot be read", ""),
    lead_sheets.NOT_ENCODED: (
        "melodies dropped: the config cannot see a chord",
        "another `config`",
    ),
    lead_sheets.NOT_FITTING: ("sections dropped: melody off its chords", "`min_chord_fit`"),
    OTHER_METRE: ("sections dropped: in another metre", "`metres`"),
    DRUMS_ONLY: ("pieces that hold drums only", ""),
    NO_NOTES: ("pieces that hold no note", ""),
    DUPLICATE: ("pieces dropped: same notes as an earlier one", "`dedupe=False`"),
    SIMILAR: ("melodies dropped: most of it is in earlier pieces", "`dedupe`"),
    IN_OTHER_SET: ("melodies dropped: a run of it is in the other set", "`dedupe`"),
    IN_LEAVE_OUT: ("melodies dropped: a run of it is to be left out", "`leave_out`"),
}
"""Magenta's name of a reason -> (what happened, the option that changes it)."""

_KEPT = (extraction.TRUNCATED, extraction.SPLIT)


@dataclasses.dataclass
class Tally:
    """Counts of a run or of a part of it; tallies add up.

    Attributes:
        pieces: Pieces read.
        without_melody: Of these, pieces that gave none.
        melodies: Melodies of each set.
        steps: Steps of all melodies.
        bars: Bars of all melodies, those begun included.
        reasons: What was discarded or changed, by Magenta's names.
        metres: Melodies in each metre, such as '3/4'.
        pitches: Notes of each MIDI pitch, before the pitch range of the encoding.
        chords: Changes of chord by kind, such as 'm7' or 'major'; 'N.C.' for none.
    """

    pieces: int = 0
    without_melody: int = 0
    melodies: Counter[str] = dataclasses.field(default_factory=Counter)
    steps: int = 0
    bars: int = 0
    reasons: Counter[str] = dataclasses.field(default_factory=Counter)
    metres: Counter[str] = dataclasses.field(default_factory=Counter)
    pitches: Counter[int] = dataclasses.field(default_factory=Counter)
    chords: Counter[str] = dataclasses.field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        """Adds another tally to this one."""
        for field in dataclasses.fields(self):
            mine, theirs = getattr(self, field.name), getattr(other, field.name)
            if isinstance(mine, Counter):
                mine.update(theirs)
            else:
                setattr(self, field.name, mine + theirs)


def tally_piece(split: str, examples: list[Example], counts: Counter[str]) -> Tally:
    """Counts what one piece gave."""
    tally = Tally(pieces=1, without_melody=not examples, reasons=Counter(counts))
    tally.melodies[split] += len(examples)
    for example in examples:
        tune = example.tune
        tally.steps += len(tune.events)
        tally.bars += -(-len(tune.events) // tune.steps_per_bar)
        tally.metres["{}/{}".format(*tune.metre)] += 1
        tally.pitches.update(event for event in tune.events if event >= 0)
        tally.chords.update(kind_of(symbol) for symbol, _ in itertools.groupby(tune.chords))
    return tally


@dataclasses.dataclass
class Warned:
    """A kind of warning: its first text and file, and how many files have it."""

    text: str
    first_file: str
    files: int = 0


def _and_others(count: int) -> str:
    return f" and {count:,} {'other' if count == 1 else 'others'}" if count else ""


@dataclasses.dataclass
class Report:
    """The tally of a run, and the files that did not give all they had."""

    total: Tally = dataclasses.field(default_factory=Tally)
    unreadable: int = 0
    ignored: int = 0
    files: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    files_left_out: int = 0
    seconds: float = 0.0
    seed: int = 0
    warnings: dict[str, Warned] = dataclasses.field(default_factory=dict)

    def warn(self, name: str, warnings: Sequence[str]) -> None:
        """Takes up the warnings of a file; those that differ in numbers only are of one kind."""
        for text in warnings:
            kind = re.sub(r"\d+", "0", text)
            if kind not in self.warnings and len(self.warnings) >= MAX_WARNINGS:
                kind, text = "", "further warnings"  # noqa: PLW2901
            self.warnings.setdefault(kind, Warned(text, name)).files += 1

    def warning_lines(self) -> list[str]:
        """Returns a line per kind of warning."""
        return [
            f"{warned.first_file}{_and_others(warned.files - 1)}: {warned.text}"
            for warned in self.warnings.values()
        ]

    def row(self, row: dict[str, Any]) -> None:
        """Takes up the row of a file that lost something, as long as there is room."""
        if row.get("melodies") and not row["reasons"] and "warnings" not in row:
            return
        if len(self.files) < MAX_FILES:
            self.files.append(row)
        else:
            self.files_left_out += 1

    def as_json(self, settings: dict[str, Any]) -> bytes:
        """Returns the content of report.json."""
        total = self.total
        content = {
            "settings": settings,
            "pieces": total.pieces,
            "pieces_without_melody": total.without_melody,
            "unreadable": self.unreadable,
            "ignored": self.ignored,
            "melodies": {split: total.melodies[split] for split in (TRAINING, EVAL)},
            "steps": total.steps,
            "bars": total.bars,
            "reasons": dict(sorted(total.reasons.items())),
            "metres": dict(total.metres.most_common()),
            "pitches": {str(pitch): n for pitch, n in sorted(total.pitches.items())},
            **({"chords": dict(total.chords.most_common())} if total.chords else {}),
            "warnings": [dataclasses.asdict(warned) for warned in self.warnings.values()],
            "seconds": round(self.seconds, 3),
            "files": self.files,
            "files_left_out": self.files_left_out,
        }
        return (json.dumps(content, indent=1) + "\n").encode()

    def table(self) -> str:
        """Returns the report as a few lines of text."""
        total = self.total
        rows = [
            ("pieces read", total.pieces, ""),
            ("  without a melody", total.without_melody, ""),
            ("files or tunes not readable", self.unreadable, ""),
            ("files that are not music", self.ignored, ""),
            ("training melodies", total.melodies[TRAINING], ""),
            ("eval melodies", total.melodies[EVAL], "`eval_ratio`"),
            ("bars", total.bars, ""),
            ("steps", total.steps, ""),
        ]
        for name, count in total.reasons.most_common():
            text, flag = REASONS.get(name, (name, ""))
            rows.append((text, count, flag))
        lines = [f"{text:<53}{count:>10,}  {flag}".rstrip() for text, count, flag in rows if count]
        if total.metres:
            metres = ", ".join(f"{metre} {n:,}" for metre, n in total.metres.most_common(8))
            more = len(total.metres) - 8
            lines.append(f"metres    {metres}{f' and {more} more' if more > 0 else ''}")
        if total.pitches:
            lines.append(f"pitches   {_pitches(total.pitches)}")
        if total.chords:
            kinds = ", ".join(f"{kind} {n:,}" for kind, n in total.chords.most_common(8))
            more = len(total.chords) - 8
            lines.append(f"chords    {kinds}{f' and {more} more' if more > 0 else ''}")
        return "\n".join(lines)

    def why_nothing(self) -> str:
        """Says why there is no melody, with the options that help, the commonest reason first."""
        parts = []
        for name, count in self.total.reasons.most_common():
            text, flag = REASONS.get(name, (name, ""))
            if name not in _KEPT:
                parts.append(f"{_counted(count, text)}{f' (try {flag})' if flag else ''}")
        if self.unreadable:
            rows = (row for row in self.files if "unreadable" in row)
            reasons = (f"{row['file']}: {row['unreadable']}" for row in rows)
            unreadable = _counted(self.unreadable, "files or tunes not readable")
            parts.append(f"{unreadable} ({next(reasons, '')})")
        if not parts and self.total.pieces:
            parts.append("the pieces hold no notes")
        if not self.total.pieces and not self.unreadable:
            parts.append(f"no music found ({_counted(self.ignored, 'other files')})")
        return "; ".join(parts)


_SINGULAR = {
    "melodies": "melody",
    "tracks": "track",
    "sections": "section",
    "notes": "note",
    "transpositions": "transposition",
    "pieces": "piece",
    "files": "file",
    "tunes": "tune",
}


def _counted(count: int, text: str) -> str:
    """Returns a number with its nouns, in the singular for one."""
    nouns, colon, rest = text.partition(":")
    if count == 1:
        nouns = " ".join(_SINGULAR.get(word, word) for word in nouns.split(" "))
    return f"{count:,} {nouns}{colon}{rest}"


def _pitches(pitches: Counter[int]) -> str:
    """Returns the range of the notes and how often each octave occurs."""
    octaves: Counter[int] = Counter()
    for pitch, count in pitches.items():
        octaves[pitch // NOTES_PER_OCTAVE - 1] += count
    share = {octave: octaves[octave] / octaves.total() for octave in sorted(octaves)}
    bars = ", ".join(f"octave {octave}: {part:.0%}" for octave, part in share.items())
    return f"{note_name(min(pitches))} to {note_name(max(pitches))}; {bars}"
