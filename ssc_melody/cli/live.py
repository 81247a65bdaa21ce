"""ssc_melody_live: call and response on a MIDI port."""

import sys
import time
from collections.abc import Sequence

import numpy as np
from absl import flags

from ssc_melody.cli import console
from ssc_melody.cli.console import logger
from ssc_melody.cli.flags import Flags
from ssc_melody.cli.model_flags import define_model_flags, model_from_flags
from ssc_melody.constants import DEFAULT_QPM
from ssc_melody.errors import OptionError, printable
from ssc_melody.live.grid import ClockGrid, Grid, TempoGrid
from ssc_melody.live.loop import run
from ssc_melody.live.ports import RtMidiPorts, list_ports
from ssc_melody.live.session import MAX_BARS, Continue, Manner, Session
from ssc_melody.melody.midi import check_qpm
from ssc_melody.play.model import Model
from ssc_melody.play.sampling import Sampling
from ssc_melody.specs import ImprovSpec, MelodySpec

USAGE = """Answers what is played on a MIDI port: play a phrase, pause for a beat, hear it go on.

  ssc_melody_live --list_ports
  ssc_melody_live --config=ssc_attention_rnn --input_port=keystation --output_port=fluid --qpm=100

An answer begins on the next bar line and has as many bars as the phrase; whoever plays into it has
the next turn. Ctrl-C ends the session."""


def define_flags() -> flags.FlagValues:
    """Returns the command's flags."""
    flag = Flags()
    define_model_flags(flag)
    flag.boolean("list_ports", False, "List the MIDI ports and end.")
    flag.string("input_port", None, "MIDI input: (part of) its name, or its number from 1; else "
                "the first.")  # fmt: skip
    flag.string("output_port", None, "MIDI output, likewise.")
    flag.boolean("virtual", False, "Make ports that other programs connect to (not on Windows).")
    flag.real("qpm", None, "Quarter notes a minute (120).")
    flag.choice("clock", "internal", ("internal", "midi"), "internal: --qpm, and a bar begins with "
                "each phrase; midi: the clock on --input_port.")  # fmt: skip
    flag.integer("beats_per_bar", 4, "Quarter notes in a bar.", 1, 16)
    flag.integer("answer_bars", None, "Bars of an answer; else as many as the phrase has.", 1,
                 MAX_BARS)  # fmt: skip
    flag.integer("channel", 1, "MIDI channel of the answers.", 1, 16)
    flag.real("temperature", 1.0, "Above 1 more random, below 1 less, 0 not at all.")
    flag.integer("seed", None, "Start of the random numbers.", 0, 2**32 - 1)
    return flag.values


def answering(model: Model, temperature: float, seed: int | None) -> Continue:
    """Returns a function that continues events.

    Raises:
        OptionError: The model needs chords, or a value is out of range.
    """
    if isinstance(model.spec, ImprovSpec) or not isinstance(model.spec, MelodySpec):
        raise OptionError(f"{model.source}: {model.spec.label} is no model of melodies alone")
    sampling = Sampling(temperature=temperature)
    random = np.random.RandomState(seed)

    def go_on(events: list[int], steps: int) -> list[int]:
        (melody,) = model.generate(1, steps, events, sampling, random=random)
        return list(melody.events)

    go_on([60], 16)  # the first time is slower
    return go_on


def _grid(values: flags.FlagValues) -> Grid:
    if values.clock == "midi":
        if values.qpm:
            raise OptionError("--qpm and --clock=midi both say how fast: give one of them")
        return ClockGrid()
    qpm = values.qpm or DEFAULT_QPM
    check_qpm(qpm)
    return TempoGrid(qpm)


def _print_ports() -> None:
    for title, names in zip(("Inputs", "Outputs"), list_ports(), strict=True):
        print(f"{title}:")
        for number, name in enumerate(names, 1):
            print(f"  {number}  {printable(name)}")
        if not names:
            print("  none")


def _command(values: flags.FlagValues, others: list[str]) -> None:
    console.no_arguments(others)
    if values.list_ports:
        _print_ports()
        return
    grid = _grid(values)
    manner = Manner(
        quarters=values.beats_per_bar,
        answer_bars=values.answer_bars,
        channel=values.channel - 1,
    )
    go_on = answering(model_from_flags(values), values.temperature, values.seed)
    ports = RtMidiPorts(values.input_port, values.output_port, values.virtual)
    session = Session(ports, grid, go_on, manner, time.monotonic)
    logger.info("Listening: play a phrase and pause for a beat (Ctrl-C ends)")
    run(session, ports)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    return console.run(_command, define_flags(), USAGE, argv or sys.argv)


if __name__ == "__main__":
    sys.exit(main())
