"""ssc_melody_render: a MIDI file as a picture, as sound, as an array."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from absl import flags

from ssc_melody import files
from ssc_melody.cli import console
from ssc_melody.cli.flags import Flags
from ssc_melody.errors import MidiError, OptionError, printable

USAGE = """Draws and plays MIDI files: FILE.png, FILE.svg, FILE.wav, FILE.npz beside FILE.mid.

  ssc_melody_render tune.mid --png --svg --wav --npz

The pictures are piano rolls with note names, bars and beats. The .npz is for pypianoroll."""

_KINDS = ("png", "svg", "wav", "npz")


def define_flags() -> flags.FlagValues:
    """Returns the command's flags."""
    flag = Flags()
    flag.boolean("png", False, "Write a picture (needs Pillow).")
    flag.boolean("svg", False, "Write a picture of lines, sharp at any size.")
    flag.boolean("wav", False, "Write sound, 44,100 Hz, 16 bits.")
    flag.boolean("npz", False, "Write a piano roll as pypianoroll saves them.")
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
    for name in names:
        _render(values, files.user_path(name), kinds)


def _render(values: flags.FlagValues, path: Path, kinds: list[str]) -> None:
    from ssc_melody.midi.read import parse_midi, read_midi  # noqa: PLC0415 (--help is quick)
    from ssc_melody.render.picture import draw  # noqa: PLC0415
    from ssc_melody.render.timeline import timeline  # noqa: PLC0415

    read_midi(path)  # its errors are about MIDI files
    midi = files.read_bytes(path, MidiError)
    line = timeline(parse_midi(midi, str(path)), f"MIDI file {path}")

    title = printable(path.stem)

    def png(target: Path) -> str:
        from ssc_melody.render.png import to_png  # noqa: PLC0415

        files.write_bytes(target, to_png(draw(line, title), f"MIDI file {path}"))
        return f"{len(line.bars)} bars"

    def svg(target: Path) -> str:
        from ssc_melody.render.svg import to_svg  # noqa: PLC0415

        drawn = to_svg(draw(line, title), f"Piano roll of {title}")
        files.write_bytes(target, drawn.encode())
        return f"{len(line.bars)} bars"

    def wav(target: Path) -> str:
        from ssc_melody.render.sound import to_wav  # noqa: PLC0415

        font = files.user_path(values.soundfont) if values.soundfont else None
        data, player = to_wav(midi, line, values.synth, font)
        files.write_bytes(target, data)
        return f"{line.seconds:.1f} s, {player}"

    def npz(target: Path) -> str:
        from ssc_melody import pianoroll  # noqa: PLC0415

        roll = pianoroll.from_midi(path)
        pianoroll.save_npz(roll, target, title)
        return " x ".join(map(str, roll.array.shape))

    makers: dict[str, Callable[[Path], str]] = {"png": png, "svg": svg, "wav": wav, "npz": npz}
    folder = files.user_path(values.output_dir) if values.output_dir else path.parent
    for kind in kinds:
        target = folder / f"{path.stem}.{kind}"
        print(f"Wrote {printable(str(target))}: {makers[kind](target)}")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    return console.run(_command, define_flags(), USAGE, argv or sys.argv)


if __name__ == "__main__":
    sys.exit(main())
