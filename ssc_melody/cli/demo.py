"""ssc_melody_demo: ten melodies that go on from tunes everybody knows, and a page to hear them.

Each is one ssc_melody_generate, whose command is in the page's notes. How they are chosen was
decided by measurement (docs/choosing.md): rhythm and pitch cooled apart, the best of several by the
critic, a form, and a cadence at the end.
"""

import sys
from collections.abc import Sequence

from absl import flags

from ssc_melody.cli import console, generate, generated, writing
from ssc_melody.cli.demo_tunes import TUNES, Tune
from ssc_melody.cli.flags import Flags, parse
from ssc_melody.cli.model_flags import model_from_flags
from ssc_melody.errors import printable
from ssc_melody.files import make_folder, user_path
from ssc_melody.mixtape.page import write_page
from ssc_melody.mixtape.tape import PAGE_NAME, Mixtape, Run, named, page_data, read_song

USAGE = """Makes ten melodies that go on from tunes everybody knows, and a page to hear them.

  ssc_melody_demo --output_dir=generated"""

CONFIG = "ssc_basic_rnn"
SEED = 1756
TITLE = "Ten tunes, continued"
_BARS, _BAR = 4, 16


def define_flags() -> flags.FlagValues:
    """Returns the command's flags."""
    flag = Flags()
    flag.string("output_dir", "generated", "Folder for the MIDI files and the page.")
    flag.string("config", CONFIG, "Which of the models that ship plays.")
    flag.string("title", TITLE, "The page's title.")
    flag.integer("seed", SEED, "Start of the random numbers; another seed, other melodies.", 0)
    return flag.values


def order(tune: Tune, config: str, seed: int) -> list[str]:
    """Returns the flags of ssc_melody_generate that make a melody of the demo."""
    steps = len(tune.form) * _BARS * _BAR
    scale = [f"--scale={tune.scale}"] if tune.scale else []
    return [
        f"--config={config}", "--num_outputs=1", f"--num_steps={steps}", f"--qpm={tune.qpm}",
        f"--primer_melody={tune.events}", "--continue_at=bar", f"--key={tune.key}", *scale,
        f"--form={tune.form}", "--end=cadence", "--max_leap=12", "--rhythm_temperature=1",
        "--pitch_temperature=0.85", "--choose_from=5", f"--seed={seed}",
    ]  # fmt: skip


def _command(values: flags.FlagValues, others: list[str]) -> None:
    console.no_arguments(others)
    folder = user_path(values.output_dir)
    make_folder(folder)
    page_data(folder / PAGE_NAME)  # refuses a page that is none of ours before the work
    model = None
    contents: list[bytes] = []
    runs: list[Run] = []
    given: list[float] = []
    for number, tune in enumerate(TUNES):
        asked = generate.define_flags()
        seed = (values.seed + number) % 2**32
        parse(asked, ["ssc_melody_generate", *order(tune, values.config, seed)])
        model = model or model_from_flags(asked)
        primer, constraints, backing = generate.read_order(asked, model.spec)
        melodies = generate.play(asked, model, primer, constraints, backing, seed)
        contents += generate.midi_files(asked, primer, melodies)
        runs.append(generated.run_of(asked, model.spec, model.source, primer, seed))
        given.append(generated.given_quarters(asked, model.spec, primer))
    paths = writing.write_midi(folder, contents)
    songs = (
        read_song(path, primer=given[i], run=i, about=f"Primer: {TUNES[i].name}")
        for i, path in enumerate(paths)
    )
    page = write_page(Mixtape(values.title, named(songs), tuple(runs)), folder)
    print(f"Wrote {len(paths)} MIDI files to {printable(str(folder))}")
    print(f"Wrote {printable(str(page))}: open it in a browser")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    return console.run(_command, define_flags(), USAGE, argv or sys.argv)


if __name__ == "__main__":
    sys.exit(main())
