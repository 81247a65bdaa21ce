"""The page of one run of ssc_melody_generate: its melodies, and how to make them again."""

from __future__ import annotations

import dataclasses
import hashlib
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from absl import flags

from ssc_melody import files
from ssc_melody.cli.decoding_flags import sampling_from_flags
from ssc_melody.constants import VERSION, note_name
from ssc_melody.errors import BundleError, OptionError
from ssc_melody.melody.primer import Primer
from ssc_melody.mixtape.page import write_page
from ssc_melody.mixtape.tape import (
    PAGE_NAME,
    Mixtape,
    Run,
    default_title,
    named,
    page_data,
    read_song,
)
from ssc_melody.play.chord_files import is_chord_file
from ssc_melody.play.model import Player
from ssc_melody.play.sampling import Sampling
from ssc_melody.specs import NetworkSpec

_NOT_REPEATED = {"mixtape_title", "output_dir", "help", "log", "seed", "h"}
_FILES = {"bundle_file", "run_dir", "checkpoint_file", "primer_midi", "rhythm_of", "pitches_of"}
_LONGEST_PRIMER = 16


def check(output_dir: Path, num_outputs: int) -> None:
    """Finds out before the work whether a page can be written.

    Raises:
        OptionError: There will be no melodies, or the folder has another index.html.
    """
    if not num_outputs:
        raise OptionError("--mixtape: expected --num_outputs of 1 or more, got 0")
    page_data(output_dir / PAGE_NAME)


def write(
    values: flags.FlagValues,
    spec: NetworkSpec,
    source: str,
    primer: Primer,
    seed: int,
    paths: Sequence[Path],
    scores: Sequence[str] = (),
    chords: Sequence[tuple[float, str]] = (),
) -> Path:
    """Writes the page of a run beside its MIDI files and returns its path.

    Args:
        values: ssc_melody_generate's flags.
        spec: The config that played.
        source: The bundle or checkpoint that played.
        primer: What it continued.
        seed: The seed that it began with.
        paths: The MIDI files, in the order of the melodies.
        scores: Their notation in ABC; empty for none.
        chords: (quarter note, symbol) where a chord begins.

    Raises:
        SscMelodyError: The page cannot be written.
    """
    given = given_quarters(values, spec, primer)
    about = f"Primer: {_primer_text(values, primer)}" if given else ""
    tunes = scores or [""] * len(paths)
    songs = named(
        dataclasses.replace(
            read_song(path, primer=given, run=0, chords=chords), abc=abc, about=about
        )
        for path, abc in zip(paths, tunes, strict=True)
    )
    title = values.mixtape_title or default_title(spec.name)
    run = run_of(values, spec, source, primer, seed)
    return write_page(Mixtape(title, songs, (run,)), paths[0].parent)


def given_quarters(values: flags.FlagValues, spec: NetworkSpec, primer: Primer) -> float:
    """Returns the quarter notes of a melody that are its primer's."""
    if not values.include_primer:
        return 0.0
    return (primer.start_step + len(primer.events)) / spec.steps_per_quarter


def run_of(
    values: flags.FlagValues, spec: NetworkSpec, source: str, primer: Primer, seed: int
) -> Run:
    """Returns what the page says of a run; see `write` for the arguments."""
    return Run(
        _command(values, seed, "ssc_melody_generate"),
        tuple(_facts(values, spec, source, primer, seed)),
    )


def write_tracks(
    values: flags.FlagValues,
    command: str,
    model: Player,
    tracks: Sequence[Any],
    seed: int,
    paths: Sequence[Path],
) -> Path:
    """Writes the page of a run of another family's command and returns its path.

    Args:
        values: The command's flags.
        command: Its name.
        model: What played.
        tracks: What it made (`tracks.track.Track`).
        seed: The seed that it began with.
        paths: The MIDI files, in the order of the tracks.

    Raises:
        SscMelodyError: The page cannot be written.
    """
    songs = tuple(
        read_song(path, f"Track {number}", track.primer_seconds * track.qpm / 60.0, run=0)
        for number, (path, track) in enumerate(zip(paths, tracks, strict=True), 1)
    )
    facts = [
        ("Model", f"{Path(model.source).name} ({model.spec.name})"),
        ("Seed", str(seed)),
        ("Temperature", "none: the likeliest event each time"),
        ("Length", f"{values.num_steps} steps"),
        ("Made with", f"ssc_melody {VERSION}"),
    ]
    if values.decoding == "sample" and values.temperature:
        facts[2] = ("Temperature", f"{values.temperature:g}")
    facts += [*_beam(values), *_checksum(model.source)]
    title = values.mixtape_title or default_title(model.spec.name)
    run = Run(_command(values, seed, command), tuple(facts))
    return write_page(Mixtape(title, songs, (run,)), paths[0].parent)


def _command(values: flags.FlagValues, seed: int, command: str) -> str:
    """Returns the command line; of files their names only, as a page may be given away."""
    words = [command]
    for name in sorted(set(values) - _NOT_REPEATED):
        flag = values[name]
        if flag.value == flag.default or not flag.present:
            continue
        if flag.boolean:
            words.append(f"--{'' if flag.value else 'no'}{name}")
        else:
            text = str(flag.value)
            if name in _FILES or (name == "backing_chords" and is_chord_file(text)):
                text = Path(text).name
            words.append(f"--{name}={text}")
    return shlex.join([*words, f"--seed={seed}"])


def _facts(
    values: flags.FlagValues, spec: NetworkSpec, source: str, primer: Primer, seed: int
) -> list[tuple[str, str]]:
    """Lists what a listener may ask of a run."""
    facts = [
        ("Model", f"{Path(source).name} ({spec.name})"),
        ("Seed", str(seed)),
        ("Temperature", _temperature_text(sampling_from_flags(values))),
        ("Length", f"{primer.num_steps} steps of 1/{4 * spec.steps_per_quarter}"),
        ("Primer", _primer_text(values, primer)),
        ("Tempo", f"{primer.qpm:g} bpm"),
        ("Made with", f"ssc_melody {VERSION}"),
    ]
    facts[3:3] = _beam(values)
    facts += _checksum(source)
    return facts


def _beam(values: flags.FlagValues) -> list[tuple[str, str]]:
    """Says how beam search went, if it did."""
    if values.beam_size <= 1 and values.branch_factor <= 1:
        return []
    beam = f"{values.beam_size} kept, {values.branch_factor} branches"
    return [("Beam search", f"{beam}, {values.steps_per_iteration} steps at a time")]


def _checksum(source: str) -> list[tuple[str, str]]:
    """Says which file played, if it is one."""
    if not Path(source).is_file():
        return []
    digest = hashlib.sha256(files.read_bytes(source, BundleError)).hexdigest()
    return [("SHA-256 of the model", digest[:16])]


def _temperature_text(sampling: Sampling) -> str:
    """Says how hot a model played, its parts one by one where they differ."""
    if sampling.argmax:
        text = "none: the likeliest event each time"
    elif sampling.splits:
        parts = (f"{part} {sampling.temperature_of(part):g}" for part in ("rhythm", "pitch"))
        text = ", ".join(parts)
    else:
        text = f"{sampling.temperature:g}"
    cuts = {"top_p": sampling.top_p, "top_k": sampling.top_k}
    return ", ".join([text, *(f"{name} {cut:g}" for name, cut in cuts.items() if cut is not None)])


def _primer_text(values: flags.FlagValues, primer: Primer) -> str:
    if values.primer_midi and not values.primer_melody:
        return Path(values.primer_midi).name
    given = primer.events[: primer.primer_steps]
    names = [{-2: "-", -1: "off"}.get(e) or note_name(e) for e in given]
    return " ".join(names[:_LONGEST_PRIMER]) + (" …" if len(names) > _LONGEST_PRIMER else "")
