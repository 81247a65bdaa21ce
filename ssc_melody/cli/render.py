"""ssc_melody_render: a MIDI file as a picture, as sound, as an array."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from absl import flags

from ssc_melody import files
from ssc_melody.cli import console
from ssc_melody.cli.console import logger
from ssc_melody.cli.flags import Flags
from ssc_melody.errors import MidiError, OptionError, SscMelodyError, printable

if TYPE_CHECKING:
    from ssc_melody.midi.read import MidiPiece
    from ssc_melody.render.timeline import Timeline

USAGE = """Draws and plays MIDI files: FILE.png, FILE.svg, FILE.wav, FILE.npz beside FILE.mid.

  ssc_melody_render tune.mid --png --svg --wav --npz

The pictures are piano rolls with note names, bars and beats. The .npz is for pypianoroll."""

_NAMES = {"chords": "backing_chords"}
_KINDS = ("png", "svg", "wav", "npz")


def define_flags() -> flags.FlagValues:
    """Returns the command's flags."""
    flag = Flags()
    flag.boolean("png", False, "Write a picture (needs Pillow).")
    flag.boolean("svg", False, "Write a picture of lines, sharp at any size.")
    flag.boolean("wav", False, "Write sound, 44,100 Hz, 16 bits.")
    flag.boolean("npz", False, "Write a piano roll as pypianoroll saves them.")
    flag.string(
        "backing_chords",
        None,
        'Chords to write over a picture, such as "C G Am F", or a file of chords.',
    )
    flag.integer("steps_per_chord", 16, "Sixteenths that each of them lasts; of a bar, if | is.", 1)
    flag.string("output_dir", None, "Folder for the files; else beside the MIDI file.")
    flag.choice("synth", "auto", ("auto", "fluidsynth", "tinysoundfont", "builtin"),
                "What plays; auto takes the first that is installed and has a "
                "soundfont.")  # fmt: skip
    flag.string("soundfont", None, "A soundfont (.sf2); else one that is installed.")
    return flag.values


def _command(values: flags.FlagValues, names: list[str]) -> None:
    kinds = [kind for kind in _KINDS if values[kind].value]
    if not names:
        raise OptionError("expected a MIDI file: ssc_melody_render FILE.mid --png")
    if not kinds:
        raise OptionError("expected what to make: --png, --svg, --wav or --npz, or several")
    failures = [failure for name in names for failure in _render(values, name, kinds)]
    for failure in failures[:-1]:
        logger.error("%s", failure)
    if failures:
        raise failures[-1]


def _render(values: flags.FlagValues, name: str, kinds: list[str]) -> Iterator[SscMelodyError]:
    """Makes what was asked for of a file; yields what went wrong and goes on."""
    try:
        path = files.user_path(name)
        tune = _Tune.read(path, _chords(values))
    except SscMelodyError as error:
        yield error
        return
    for warning in tune.piece.warnings:
        logger.warning("%s: %s", path, warning)
    folder = files.user_path(values.output_dir) if values.output_dir else path.parent
    for kind in kinds:
        target = folder / f"{path.stem}.{kind}"
        try:
            told = _MAKERS[kind](tune, target, values)
        except SscMelodyError as error:
            yield error
        else:
            print(f"Wrote {printable(str(target))}: {told}")


def _chords(values: flags.FlagValues) -> list[tuple[float, str]]:
    """Returns the chords to be shown, and the quarter notes on which they begin."""
    if values.backing_chords is None:
        return []
    from ssc_melody.play.chord_files import read_chords  # noqa: PLC0415 (--help is quick)

    chords = read_chords(console.argument_text(values.backing_chords), values.steps_per_chord)
    return [(step / chords.steps_per_quarter, symbol) for step, symbol in chords.changes()]


@dataclass(frozen=True)
class _Tune:
    """A MIDI file that was read: its path, bytes, piece and timeline."""

    path: Path
    midi: bytes
    piece: MidiPiece
    line: Timeline

    @classmethod
    def read(cls, path: Path, chords: Sequence[tuple[float, str]] = ()) -> _Tune:
        from ssc_melody.midi.read import MAX_BYTES, parse_midi  # noqa: PLC0415 (--help is quick)
        from ssc_melody.render.timeline import timeline  # noqa: PLC0415

        midi = files.read_bytes(path, MidiError, MAX_BYTES)
        piece = parse_midi(midi, str(path))
        line = timeline(piece, f"MIDI file {path}")
        return cls(path, midi, piece, replace(line, chords=chords))

    @property
    def title(self) -> str:
        return printable(self.path.stem)


def _png(tune: _Tune, target: Path, values: flags.FlagValues) -> str:
    from ssc_melody.render.picture import draw  # noqa: PLC0415
    from ssc_melody.render.png import to_png  # noqa: PLC0415

    files.write_bytes(target, to_png(draw(tune.line, tune.title), f"MIDI file {tune.path}"))
    return f"{len(tune.line.bars)} bars"


def _svg(tune: _Tune, target: Path, values: flags.FlagValues) -> str:
    from ssc_melody.render.picture import draw  # noqa: PLC0415
    from ssc_melody.render.svg import to_svg  # noqa: PLC0415

    drawn = to_svg(draw(tune.line, tune.title), f"Piano roll of {tune.title}")
    files.write_bytes(target, drawn.encode())
    return f"{len(tune.line.bars)} bars"


def _wav(tune: _Tune, target: Path, values: flags.FlagValues) -> str:
    from ssc_melody.render.sound import write_wav  # noqa: PLC0415

    font = files.user_path(values.soundfont) if values.soundfont else None
    player = write_wav(target, tune.midi, tune.line, values.synth, font)
    return f"{tune.line.seconds:.1f} s, {player}"


def _npz(tune: _Tune, target: Path, values: flags.FlagValues) -> str:
    from ssc_melody import pianoroll  # noqa: PLC0415

    roll = pianoroll.from_piece(tune.piece, f"MIDI file {tune.path}")
    pianoroll.save_npz(roll, target, tune.title)
    return " x ".join(map(str, roll.array.shape))


_MAKERS: dict[str, Callable[[_Tune, Path, flags.FlagValues], str]] = {
    "png": _png,
    "svg": _svg,
    "wav": _wav,
    "npz": _npz,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    return console.run(_command, define_flags(), USAGE, argv or sys.argv, _NAMES)


if __name__ == "__main__":
    sys.exit(main())
