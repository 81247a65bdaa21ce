"""The section of bundles/README.md on the bundle of melodies on chords, and what it measures."""

import json
import math
import string
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from make_bundles import chords, corpus, measures, model_card
from ssc_melody.dataset import events_file
from ssc_melody.dataset.lead_sheets import NOT_FITTING
from ssc_melody.evaluation import on_chords
from ssc_melody.evaluation.intervals import Resampler
from ssc_melody.evaluation.on_chords import Song
from ssc_melody.play.loading import load_checkpoint
from ssc_melody.play.model import Model
from ssc_melody.specs import IMPROV_SPECS

START, END = "<!-- chords: written by make_bundles/chord_card.py -->", "<!-- end of chords -->"
_BEFORE = ("## Sources and licences\n", "## The same again\n")
"""What a section that is new stands in front of."""
TEMPLATE = Path(__file__).with_name("chords.md.in")
MADE, STEPS = 100, 128
"""Songs on whose chords a melody is made, and its steps."""


def kept(path: Path) -> str:
    """Returns the section that a model card has, its marks included; "" where it has none."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return text[text.find(START) : text.find(END) + len(END)] if START in text else ""


def write(path: Path, work: Path) -> None:
    """Writes the section into a model card, in the place of the one that is there.

    Args:
        path: bundles/README.md.
        work: Folder of all that `make bundles` makes.
    """
    text, old = path.read_text(encoding="utf-8"), kept(path)
    new = f"{START}\n{section(work / chords.FOLDER)}{END}"
    if not old:
        old = next(heading for heading in _BEFORE if heading in text)
        new = f"{new}\n\n{old}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def section(folder: Path) -> str:
    """Returns the section: data, training, and whether the model follows its chords.

    Args:
        folder: Of the corpus and the run.
    """
    data, run_dir = folder / "corpus", folder / chords.CONFIG
    songs, pieces = held_out(data)
    spec = IMPROV_SPECS[chords.CONFIG]
    model = load_checkpoint(model_card.best_checkpoint(run_dir), spec)
    report = json.loads((data / "report.json").read_text())
    evals = model_card.curve(run_dir, "eval")
    kinds = report["chords"]
    return string.Template(TEMPLATE.read_text()).substitute(
        bundle=model_card.table(
            model_card.BUNDLE_COLUMNS, [model_card.bundle_row(chords.CONFIG, run_dir)]
        ),
        encoding=spec.encoding,
        sources=_sources(data),
        off=f"{report['reasons'].get(NOT_FITTING, 0):,}",
        changes=f"{sum(kinds.values()) // 12:,}",
        kinds=", ".join(f"{name} {n / sum(kinds.values()):.0%}" for name, n in _first(kinds, 6)),
        songs=len(songs),
        pieces=len(set(pieces)),
        ended=model_card.ended(evals),
        bits=bits_table(model, songs, pieces),
        tones=tones_table(model, songs, pieces),
        made=min(MADE, len(songs)),
        commands=commands(),
    )


def held_out(data: Path) -> tuple[list[Song], list[str]]:
    """Returns the held-out songs of a corpus, and the piece of each."""
    sheets = events_file.read_lead_sheets(data / "eval_lead_sheets.events")
    songs = [on_chords.song_of(sheet) for sheet in sheets]
    return songs, [name for name, count in corpus.rows(data, "eval") for _ in range(count)]


def bits_table(model: Model, songs: Sequence[Song], pieces: Sequence[str]) -> str:
    """Returns the bits per step on each kind of chords, and what they cost more than their own."""
    steps = np.array([len(song.events) - 1 for song in songs], dtype=np.float64)
    found = {w: on_chords.bits(model, songs, on_chords.given(songs, w)) for w in on_chords.GIVEN}
    own = found[on_chords.GIVEN[0]]
    rows = []
    for what, bits in found.items():
        more = Resampler(pieces, seed=0).ratio(bits - own, steps)
        told = measures.told(on_chords.bits_per_step(bits, songs, pieces))
        rows.append([what, told, measures.told(more) if bits is not own else ""])
    return model_card.table(["predicted on", "bits per step", "more than on its own"], rows)


def tones_table(model: Model, songs: Sequence[Song], pieces: Sequence[str]) -> str:
    """Returns the share of notes on beats that belong to the chord, of people's and of ours."""
    chosen = np.linspace(0, len(songs) - 1, min(MADE, len(songs))).round().astype(int).tolist()
    few, names = [songs[i] for i in chosen], [pieces[i] for i in chosen]
    below = [song.chords[:STEPS] for song in few]
    made = on_chords.made_on(model, few, STEPS)
    others = [symbols[: len(own)] for symbols, own in zip(_others(few), below, strict=True)]
    rows = [
        ["people's, on their chords", [song.events[:STEPS] for song in few], below],
        ["made on the same chords", made, below],
        ["made, held against another song's", made, others],
    ]
    return model_card.table(
        ["melodies", "chord tones on beats"],
        [
            [name, measures.told(on_chords.share_of_chord_tones(melodies, symbols, names))]
            for name, melodies, symbols in rows
        ],
    )


def _others(songs: Sequence[Song]) -> list[list[str]]:
    return on_chords.given(songs, on_chords.GIVEN[2])


def _sources(data: Path) -> str:
    rows = []
    for source in chords.SOURCES:
        row = [source.text]
        for split in ("training", "eval"):
            found = [n for name, n in corpus.rows(data, split) if name.startswith(source.archive)]
            keys = 12 if split == "training" else 1
            row += [f"{len(found):,}", f"{math.ceil(sum(found) / keys):,}"]
        rows.append(row)
    head = ["source", "pieces to train on", "melodies", "pieces held out", "melodies"]
    return model_card.table(head, rows)


def _first(kinds: dict[str, int], count: int) -> list[tuple[str, int]]:
    return sorted(kinds.items(), key=lambda row: -row[1])[:count]


def commands() -> str:
    """Returns the single commands."""
    build = f"build/bundles/{chords.FOLDER}"
    lines = (
        ("ssc_improv_create_dataset", chords.dataset_flags("FOLDER", f"{build}/corpus")),
        ("ssc_melody_train", chords.training_flags(f"{build}/corpus", f"{build}/{chords.CONFIG}")),
        ("ssc_melody_generate", chords.export_flags(
            f"{build}/{chords.CONFIG}/best/model.ckpt-STEP", f"bundles/{chords.CONFIG}.mag")),
    )  # fmt: skip
    return "\n".join(" \\\n".join([f"    {name}", *_wrapped(flags)]) for name, flags in lines)


def _wrapped(flags: Sequence[str]) -> list[str]:
    """Returns flags in lines of a bearable length; one with spaces in quotes."""
    lines = [""]
    for flag in flags:
        name, equals, value = flag.partition("=")
        text = f'{name}{equals}"{value}"' if " " in value else flag
        if lines[-1] and len(lines[-1]) + len(text) > 84:
            lines.append("")
        lines[-1] += f" {text}" if lines[-1] else text
    return [f"      {line}" for line in lines]
