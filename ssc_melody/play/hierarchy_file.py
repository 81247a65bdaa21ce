"""A hierarchy of models in one file (.hrnn), and as the folder of its runs.

The file is a zip archive; stock cannot play it:

    hrnn.json                     {"format": "ssc_melody hrnn", "version": 1, "levels": [...]}
    LEVEL.json                    the level's run, as its config.json (see `run_config`) with the
                                  network and the profiles of bars and beats
    LEVEL.ckpt                    its weights, a V1 checkpoint as in a .mag

where LEVEL is bars, beats and notes, the highest first; a hierarchy of two levels has no bars, one
of a single level notes alone.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ssc_melody.errors import BundleError, FormatError, about
from ssc_melody.files import read_bytes, user_path, write_bytes
from ssc_melody.formats.archive import open_archive, read_member
from ssc_melody.formats.checkpoint import latest_checkpoint, read_checkpoint
from ssc_melody.formats.checkpoint_v1 import parse_v1, serialize_v1
from ssc_melody.formats.json_data import parse_json
from ssc_melody.network.names import is_weight
from ssc_melody.play import run_config
from ssc_melody.play.hierarchy import Hierarchy
from ssc_melody.play.loading import model_of_parts
from ssc_melody.play.model import Model
from ssc_melody.specs.hrnn import LEVELS, HrnnSpec, levels_of

SUFFIX = ".hrnn"
FORMAT, VERSION = "ssc_melody hrnn", 1
_MANIFEST = "hrnn.json"
_MOST_JSON, _MOST_WEIGHTS = 2**20, 256 * 2**20

PathLike = str | os.PathLike[str]


def load_hierarchy(path: PathLike) -> Hierarchy:
    """Reads a hierarchy: a .hrnn file, or the folder of its runs.

    Args:
        path: The file, or a folder with the runs `bars`, `beats` and `notes`, whose best weights
            count, else the latest.

    Raises:
        BundleError: It cannot be read, or its levels do not belong together.
    """
    source = user_path(path)
    if os.path.isdir(source):
        return _of_runs(source)
    with about(source, BundleError):
        return _of_archive(read_bytes(source, BundleError), str(source))


def save_hierarchy(run_dir: PathLike, path: PathLike) -> None:
    """Writes the file of a hierarchy that was trained.

    Args:
        run_dir: The folder of its runs.
        path: The file.

    Raises:
        BundleError: A run is missing or damaged.
        SscMelodyError: The file cannot be written.
    """
    folder = user_path(run_dir)
    levels = _levels_in(folder)
    _of_runs(folder)  # says what is wrong with it
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        manifest = {"format": FORMAT, "version": VERSION, "levels": list(levels)}
        archive.writestr(_MANIFEST, json.dumps(manifest) + "\n")
        for level in levels:
            run = run_config.read(folder / level)
            assert run is not None
            archive.writestr(f"{level}.json", run_config.serialize(run))
            archive.writestr(f"{level}.ckpt", serialize_v1(_weights(folder / level)))
    write_bytes(user_path(path), buffer.getvalue())


def _levels_in(folder: Path) -> tuple[str, ...]:
    """Returns the levels that a folder has runs of."""
    found = tuple(level for level in LEVELS if (folder / level / run_config.NAME).is_file())
    if not found or found != levels_of(len(found)):
        raise BundleError(
            f"{folder}: expected the runs of a hierarchy ({', '.join(LEVELS)}, the last ones at "
            f"least), found {', '.join(found) or 'none'}"
        )
    return found


def _weights(run_dir: Path) -> dict[str, np.ndarray]:
    best = run_dir / "best"
    return read_checkpoint(
        latest_checkpoint(best if best.is_dir() else run_dir / "train"), is_weight
    )


def _of_runs(folder: Path) -> Hierarchy:
    models = {}
    for level in _levels_in(folder):
        run = run_config.read(folder / level)
        assert run is not None
        models[level] = _model(run, _weights(folder / level), level, str(folder / level))
    return _checked(models, str(folder))


def _of_archive(data: bytes, source: str) -> Hierarchy:
    try:
        archive = open_archive(io.BytesIO(data))
    except FormatError as error:
        raise FormatError(f"expected a hierarchy ({SUFFIX}): {error}") from None
    members = {info.filename: info for info in archive.infolist()}

    def member(name: str, most: int) -> bytes:
        if name not in members:
            raise FormatError(
                f"expected {name} in it, found {', '.join(members)[:200] or 'nothing'}"
            )
        with about(name):
            return read_member(archive, members[name], most)

    fields = parse_json(
        member(_MANIFEST, _MOST_JSON), {"format": str, "version": int, "levels": [str]}
    )
    found = (fields["format"], fields["version"])
    if found != (FORMAT, VERSION):
        raise FormatError(f"expected {FORMAT!r} of version {VERSION}, found {found}")
    levels = tuple(fields["levels"])
    if levels not in [levels_of(count) for count in (1, 2, 3)]:
        raise FormatError(f"levels: expected the last ones of {LEVELS}, found {levels}")
    models = {}
    for level in levels:
        with about(f"{level}.json"):
            run = run_config.parse(member(f"{level}.json", _MOST_JSON))
        with about(f"{level}.ckpt"):
            tensors = parse_v1(member(f"{level}.ckpt", _MOST_WEIGHTS))
        models[level] = _model(run, tensors, level, source)
    return _checked(models, source)


def _model(
    run: run_config.RunConfig, tensors: dict[str, np.ndarray], level: str, source: str
) -> Model:
    spec = run.spec
    if not isinstance(spec, HrnnSpec) or spec.level != level:
        found = f"level {spec.level}" if isinstance(spec, HrnnSpec) else f"config {spec.label}"
        raise BundleError(f"{source}: expected the {level} of a hierarchy, found {found}")
    return model_of_parts(spec, tensors, None, source)


def _checked(models: Mapping[str, Model], source: str) -> Hierarchy:
    """Returns models that belong together.

    Raises:
        BundleError: They are of hierarchies of other sizes, or with other profiles.
    """
    kinds = {
        (model.spec.layers, model.spec.profiles)
        for model in models.values()
        if isinstance(model.spec, HrnnSpec)
    }
    if len(kinds) != 1 or next(iter(kinds))[0] != len(models):
        raise BundleError(f"{source}: its levels are of different hierarchies")
    return Hierarchy(models, source)
