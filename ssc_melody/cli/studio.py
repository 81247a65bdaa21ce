"""ssc_melody_studio: a page in the browser on which melodies are made, heard and changed."""

import sys
import threading
import webbrowser
from collections.abc import Sequence

from absl import flags

from ssc_melody.cli import console
from ssc_melody.cli.flags import Flags
from ssc_melody.errors import DataError, OptionError, printable
from ssc_melody.files import read_bytes, user_path

USAGE = """Starts a server on this machine and opens a page on which melodies are made.

  ssc_melody_studio
  ssc_melody_studio --bundle_dir=models song.studio.json

Only this machine can reach it, by the address that is printed. Ctrl-C ends it. The other arguments
are bundles (.mag) to choose from, and a project (.studio.json) to go on with."""

PORT = 8765


def define_flags() -> flags.FlagValues:
    """Returns the command's flags."""
    flag = Flags()
    flag.integer("port", PORT, "Port on 127.0.0.1; 0 for any that is free.", 0, 65535)
    flag.string("bundle_dir", None, "A folder of .mag bundles to choose from.")
    flag.boolean("browser", True, "Open the page in the browser; else print its address only.")
    return flag.values


def _command(values: flags.FlagValues, others: list[str]) -> None:
    from ssc_melody.cli import orders  # noqa: PLC0415 (--help needs no NumPy)
    from ssc_melody.studio import api, models, projects, security, server  # noqa: PLC0415

    console.no_flags(others)
    bundles = [user_path(name) for name in others if name.endswith(".mag")]
    for path in bundles:
        if not path.is_file():
            raise OptionError(f"expected a bundle (.mag), found no such file: {path}")
    opened = [user_path(name) for name in others if not name.endswith(".mag")]
    if len(opened) > 1:
        raise OptionError(f"expected one project, got {len(opened)}: {opened[1]}")
    project = None
    for path in opened:
        data = read_bytes(path, DataError, projects.MAX_BYTES)
        project = projects.read_project(data, str(path))
    folder = user_path(values.bundle_dir) if values.bundle_dir else None
    shelf = models.Shelf(folder, bundles)
    listener = server.listen(values.port)
    token = security.new_token()
    address = f"http://{security.HOST}:{listener.getsockname()[1]}/{token}/"

    def ready() -> None:
        print(f"The studio is at {printable(address)}\nCtrl-C ends it.", flush=True)
        if values.browser:
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

    server.serve(api.Api(orders, shelf, project), token, listener, ready)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    return console.run(_command, define_flags(), USAGE, argv or sys.argv)


if __name__ == "__main__":
    sys.exit(main())
