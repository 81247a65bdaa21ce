"""The files that come with this library: the bundles, and what evaluation compares with."""

from __future__ import annotations

from pathlib import Path

DEFAULT = "ssc_basic_rnn"
"""The config whose bundle plays where nobody names one."""


def shipped_files(pattern: str) -> list[Path]:
    """Returns the files of that name that come with this library.

    They are the package's data; in a checkout they are in `bundles` at its top.
    """
    package = Path(__file__).resolve().parents[1]
    folders = [package / "bundles"]
    if (package.parent / "setup.py").is_file():
        folders.append(package.parent / "bundles")
    for folder in folders:
        if found := sorted(path for path in folder.glob(pattern) if path.is_file()):
            return found
    return []


def shipped_bundle(config: str) -> Path | None:
    """Returns the bundle that comes with this library for a config, or None.

    Args:
        config: The config's name, such as "ssc_attention_rnn".
    """
    return next(iter(shipped_files(f"{config}.mag")), None)
