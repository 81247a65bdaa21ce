"""The front door of all commands: what is installed as ssc_melody_NAME, and `python -m ssc_melody`.

A command's modules are imported here, and not before: Ctrl-C during the import is one quiet line,
and OpenBLAS is told to keep to one thread (our own threads and processes share the work) before
NumPy loads it. Importing this module changes nothing.
"""

import contextlib
import importlib
import os
import signal
import sys
from collections.abc import Iterator, Sequence

COMMANDS = {
    "generate": ("generate", "continues a primer into new melodies, as MIDI files"),
    "demo": ("demo", "makes ten melodies that go on from tunes everybody knows"),
    "improv_generate": ("improv_generate", "makes melodies on chords, as MIDI files"),
    "polyphony_generate": ("polyphony_generate", "makes polyphonic music, as MIDI files"),
    "drums_generate": ("drums_generate", "makes drum tracks, as MIDI files"),
    "performance_generate": ("performance_generate", "makes performances, as MIDI files"),
    "create_dataset": ("create_dataset", "makes training data of music"),
    "improv_create_dataset": ("improv_create_dataset", "makes training data of songs with chords"),
    "hrnn_generate": ("hrnn_generate", "makes melodies of bar profiles, beat profiles and notes"),
    "hrnn_train": ("hrnn_train", "trains such a hierarchy of networks"),
    "train": ("train", "trains a network"),
    "evaluate": ("evaluate", "compares models with people and with each other"),
    "export": ("export", "exports a model for magenta-js, ONNX or safetensors"),
    "inspect": ("inspect_bundle", "tells what a bundle, a checkpoint or a run is"),
    "live": ("live", "answers what is played on a MIDI port"),
    "mixtape": ("mixtape", "makes a page that shows and plays a folder of MIDI files"),
    "studio": ("studio", "opens a page in the browser on which melodies are made"),
    "render": ("render", "draws and plays MIDI files, as pictures and sound"),
    "convert_dir_to_note_sequences": (
        "convert_dir_to_note_sequences", "stock's separate convert step",
    ),
    "run": ("run", "runs any of Magenta's scripts with our configs"),
}  # fmt: skip
"""Each command's name, its module in this package, and what it does."""

OTHER_FAMILIES = (
    "improv_generate",
    "improv_create_dataset",
    "polyphony_generate",
    "drums_generate",
    "performance_generate",
    "hrnn_generate",
    "hrnn_train",
)
"""Commands of other families than Melody RNN, which are installed as ssc_NAME."""

USAGE = """Melody RNN on a current Python.

  python -m ssc_melody COMMAND [flags]     the same as ssc_melody_COMMAND [flags]
  python -m ssc_melody COMMAND --help
  python -m ssc_melody --version

Commands:"""


@contextlib.contextmanager
def _quiet_ctrl_c(name: str) -> Iterator[None]:
    """Lets Ctrl-C end the process at once: while modules are imported there is nothing to tidy."""

    def end(number: int, frame: object) -> None:
        os.write(2, f"{name}: interrupted\n".encode())
        os._exit(130)

    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def launch(command: str, argv: Sequence[str]) -> int:
    """Imports a command and runs it.

    Args:
        command: One of COMMANDS.
        argv: The program's name and its arguments.

    Returns:
        The exit code.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    name = os.path.basename(argv[0])
    try:
        with _quiet_ctrl_c(name):
            module = importlib.import_module(f"ssc_melody.cli.{COMMANDS[command][0]}")
        return int(module.main(argv))
    except KeyboardInterrupt:  # in the moments between
        print(f"{name}: interrupted", file=sys.stderr)
        return 130


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command that the first argument names: `python -m ssc_melody generate ...`.

    Returns:
        The exit code.
    """
    _, *arguments = argv or sys.argv
    first = arguments[0] if arguments else "--help"
    if first in ("--version", "-V"):
        from ssc_melody.constants import VERSION  # noqa: PLC0415

        print(f"ssc_melody {VERSION}")
        return 0
    if first in ("--help", "-h", "--helpfull", "--helpshort", "help"):
        width = max(map(len, COMMANDS))
        print(
            USAGE, *(f"  {name:{width}}  {text}" for name, (_, text) in COMMANDS.items()), sep="\n"
        )
        return 0
    command = first.removeprefix("ssc_melody_").removeprefix("ssc_")
    if command not in COMMANDS:
        from ssc_melody.specs import nearest  # noqa: PLC0415

        hint = nearest(command, COMMANDS)
        print(
            f"ssc_melody: no command {first!r}{hint}; there are: {', '.join(COMMANDS)}",
            file=sys.stderr,
        )
        return 1
    return launch(command, [program(command), *arguments[1:]])


def program(command: str) -> str:
    """Returns the name under which a command is installed."""
    return f"ssc_{command}" if command in OTHER_FAMILIES else f"ssc_melody_{command}"


def _installed(command: str) -> int:
    code = launch(command, sys.argv)
    with contextlib.suppress(ValueError):  # not in the main thread
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C now needs no traceback
    return code


def generate() -> int:
    """Runs ssc_melody_generate."""
    return _installed("generate")


def demo() -> int:
    """Runs ssc_melody_demo."""
    return _installed("demo")


def improv_generate() -> int:
    """Runs ssc_improv_generate."""
    return _installed("improv_generate")


def polyphony_generate() -> int:
    """Runs ssc_polyphony_generate."""
    return _installed("polyphony_generate")


def drums_generate() -> int:
    """Runs ssc_drums_generate."""
    return _installed("drums_generate")


def performance_generate() -> int:
    """Runs ssc_performance_generate."""
    return _installed("performance_generate")


def create_dataset() -> int:
    """Runs ssc_melody_create_dataset."""
    return _installed("create_dataset")


def improv_create_dataset() -> int:
    """Runs ssc_improv_create_dataset."""
    return _installed("improv_create_dataset")


def hrnn_generate() -> int:
    """Runs ssc_hrnn_generate."""
    return _installed("hrnn_generate")


def hrnn_train() -> int:
    """Runs ssc_hrnn_train."""
    return _installed("hrnn_train")


def train() -> int:
    """Runs ssc_melody_train."""
    return _installed("train")


def evaluate() -> int:
    """Runs ssc_melody_evaluate."""
    return _installed("evaluate")


def export() -> int:
    """Runs ssc_melody_export."""
    return _installed("export")


def inspect() -> int:
    """Runs ssc_melody_inspect."""
    return _installed("inspect")


def live() -> int:
    """Runs ssc_melody_live."""
    return _installed("live")


def mixtape() -> int:
    """Runs ssc_melody_mixtape."""
    return _installed("mixtape")


def studio() -> int:
    """Runs ssc_melody_studio."""
    return _installed("studio")


def render() -> int:
    """Runs ssc_melody_render."""
    return _installed("render")


def convert_dir_to_note_sequences() -> int:
    """Runs ssc_melody_convert_dir_to_note_sequences."""
    return _installed("convert_dir_to_note_sequences")


def run() -> int:
    """Runs ssc_melody_run."""
    return _installed("run")
