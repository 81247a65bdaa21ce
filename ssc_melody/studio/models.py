"""The bundles that the page can choose from: those that ship, those of a folder, and dragged ones.

The page names a bundle by an id that is on the list; it never gives a path. Loaded models are kept,
the last few that were used; a bundle that was dragged in is only there as long as it is kept.
"""

from __future__ import annotations

import collections
import dataclasses
import hashlib
import io
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ssc_melody import files
from ssc_melody.errors import BundleError, OptionError, SscMelodyError, printable
from ssc_melody.families import all_specs
from ssc_melody.formats.bundle import read_bundle
from ssc_melody.play.loading import model_of_bundle
from ssc_melody.play.model import Model
from ssc_melody.play.shipped import DEFAULT, shipped_bundle
from ssc_melody.specs import ImprovSpec, MelodySpec
from ssc_melody.studio.security import MAX_BODY_BYTES, RefusedError

MOST_KEPT = 6
MOST_LISTED = 500
_LONGEST_NAME = 100


@dataclasses.dataclass(frozen=True)
class Entry:
    """A bundle on the list.

    Attributes:
        name: Its id and what the page calls it.
        argument: What names it to ssc_melody_generate, such as ("config", "ssc_basic_rnn").
        path: The file; None for one that was dragged in.
        source: Where it is from: "shipped", "folder" or "dragged".
    """

    name: str
    argument: tuple[str, str]
    path: Path | None
    source: str


class Shelf:
    """Bundles by id."""

    def __init__(self, folder: Path | None = None, paths: Iterable[Path] = ()) -> None:
        """Lists the bundles.

        Args:
            folder: Whose .mag files are listed.
            paths: More of them.

        Raises:
            OptionError: There is no such folder.
        """
        self._lock = threading.Lock()
        self._entries: dict[str, Entry] = {}
        self._models: collections.OrderedDict[str, Model] = collections.OrderedDict()
        for name in sorted(all_specs(), key=lambda name: name != DEFAULT):
            if (path := shipped_bundle(name)) is not None:
                self._add(Entry(name, ("config", name), path, "shipped"))
        if folder is not None and not folder.is_dir():
            raise OptionError(f"bundle_dir: expected a folder of .mag files, found none: {folder}")
        found = sorted(folder.glob("*.mag"))[:MOST_LISTED] if folder is not None else []
        for path in map(Path.absolute, [*found, *paths]):
            self._add(Entry(printable(path.name), ("bundle_file", str(path)), path, "folder"))

    def _add(self, entry: Entry) -> None:
        self._entries.setdefault(entry.name, entry)

    def entries(self) -> list[Entry]:
        """Lists the bundles that can be chosen."""
        with self._lock:
            return list(self._entries.values())

    def entry(self, name: object) -> Entry:
        """Returns a bundle on the list.

        Raises:
            RefusedError: It is not there (any more).
        """
        with self._lock:
            found = self._entries.get(name) if isinstance(name, str) else None
        if found is None:
            shown = printable(str(name))[:_LONGEST_NAME]
            raise RefusedError(404, f"no bundle {shown!r} is on the list; drag the file in (again)")
        return found

    def model(self, name: object) -> Model:
        """Returns the model of a bundle on the list, loaded once.

        Raises:
            RefusedError: It is not on the list.
            SscMelodyError: It cannot be read, or does not play melodies.
        """
        entry = self.entry(name)
        with self._lock:
            if entry.name in self._models:
                self._models.move_to_end(entry.name)
                return self._models[entry.name]
        assert entry.path is not None
        return self._keep(entry, _read(files.read_bytes(entry.path, BundleError), entry.name))

    def drag(self, name: str, data: bytes) -> Entry:
        """Puts a bundle that was dragged in on the list.

        Args:
            name: The file's name.
            data: Its bytes.

        Raises:
            SscMelodyError: It cannot be read, or does not play melodies.
        """
        shown = printable(name)[-_LONGEST_NAME:] or "bundle.mag"
        model = _read(data, shown)
        digest = hashlib.sha256(data).hexdigest()[:8]
        entry = Entry(f"{shown} ({digest})", ("bundle_file", shown), None, "dragged")
        with self._lock:
            self._entries[entry.name] = entry
        self._keep(entry, model)
        return entry

    def _keep(self, entry: Entry, model: Model) -> Model:
        with self._lock:
            self._models[entry.name] = model
            while len(self._models) > MOST_KEPT:
                gone, _ = self._models.popitem(last=False)
                if self._entries[gone].path is None:
                    del self._entries[gone]
        return model


def _read(data: bytes, name: str) -> Model:
    if len(data) > MAX_BODY_BYTES:
        raise BundleError(f"{name}: expected at most {MAX_BODY_BYTES:,} bytes, found {len(data):,}")
    file = io.BytesIO(data)
    file.name = name  # what messages call it
    model = model_of_bundle(read_bundle(file))
    if not isinstance(model.spec, MelodySpec):
        raise SscMelodyError(f"{name}: the studio plays melodies, this is {model.spec.label}")
    return model


def facts(model: Model) -> dict[str, Any]:
    """Returns what the page shows of a model."""
    spec = model.spec
    assert isinstance(spec, MelodySpec)
    return {
        "config": spec.name,
        "min_note": spec.min_note,
        "max_note": spec.max_note,
        "temperature": model.temperature,
        "chords": isinstance(spec, ImprovSpec),
        "layers": list(model.hparams["rnn_layer_sizes"]),  # type: ignore[call-overload]
    }
