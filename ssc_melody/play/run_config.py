"""run_dir/config.json: what a training run is, so that nobody has to type it again.

Stock keeps no record: train, eval, generate and export must each be given the same config and
hyperparameters. Here the run carries them; an argument that says otherwise is an error that names
both values.

Left out: the options of how to run (how often to save, when to stop), which may change on resuming.
"""

import dataclasses
import json
import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ssc_melody.errors import FormatError, OptionError, SpecError, SscMelodyError, about
from ssc_melody.families import FAMILIES, all_families, family_named, family_of
from ssc_melody.files import read_bytes, write_bytes
from ssc_melody.formats.json_data import check_json, parse_json
from ssc_melody.specs import HPARAMS, NetworkSpec

NAME = "config.json"
FORMAT = "ssc_melody run"
VERSION = 1
NETWORK = ("rnn_layer_sizes", "attn_length", "residual_connections")
"""The hyperparameters that a checkpoint's weights depend on; the others matter to training only."""

MAX_BYTES = 2**20
MAX_LAYERS, MAX_UNITS = 64, 16384
"""What a run may say of itself; TensorFlow would make whatever it is told to."""

_SCHEMA = {
    "config": str,
    "spec": {str: object},
    "hparams": {str: object},
    "seed": int,
    "data": {str: object},
    "warm_start": str,
    "versions": {str: str},
}
_PACKAGES = ("ssc_melody", "numpy", "tensorflow", "magenta")


@dataclasses.dataclass(frozen=True)
class RunConfig:
    """One training run.

    Attributes:
        config: What it was started with, a config's name or an encoding's.
        spec: The config with hyperparameters, id and description as they were given.
        seed: Start of all random numbers.
        data: Fingerprint of the training data and what else is known of it.
        warm_start: SHA-256 of the bundle whose weights it began with, or "".
        versions: Of Python and the packages, when it was started.
    """

    config: str
    spec: NetworkSpec
    seed: int
    data: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    warm_start: str = ""
    versions: Mapping[str, str] = dataclasses.field(default_factory=dict)


def versions() -> dict[str, str]:
    """Returns the versions of Python and of the packages that decide a run's numbers."""
    from importlib import metadata  # noqa: PLC0415 (12 ms that only a new run need spend)

    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def serialize(run: RunConfig) -> bytes:
    """Returns the file's content."""
    spec = dataclasses.asdict(run.spec)
    hparams = {name: spec.pop(name) for name in HPARAMS}
    own = family_of(run.spec)
    family = next(key for key, family in FAMILIES.items() if family is own)
    fields = {
        "format": FORMAT,
        "version": VERSION,
        "family": family,
        "config": run.config,
        "spec": spec,
        "hparams": hparams,
        "seed": run.seed,
        "data": dict(run.data),
        "warm_start": run.warm_start,
        "versions": dict(run.versions),
    }
    return (json.dumps(fields, indent=2) + "\n").encode()


def parse(text: bytes) -> RunConfig:
    """Reads the file's content.

    Raises:
        FormatError: It is not such a file, damaged, or one of a later version.
    """
    try:
        return _parse(text)
    except (FormatError, SpecError) as error:
        raise FormatError(
            f"expected what ssc_melody_train writes: {error}; mend it, or remove it and give "
            "`config` and `hparams` again"
        ) from error


def _parse(text: bytes) -> RunConfig:
    fields = parse_json(text, {"format": str, "version": int}, MAX_BYTES)
    found = (fields["format"], fields["version"])
    if found != (FORMAT, VERSION):
        raise FormatError(f"expected {FORMAT!r} of version {VERSION}, found {found}")
    check_json(fields, _SCHEMA)
    family = family_named(fields.get("family", "melody"))
    if family is None:
        all_families()
        raise FormatError(f"no family {fields['family']!r}; there are {', '.join(FAMILIES)}")
    kinds = _spec_schema(family.spec_type)
    values = {**fields["spec"], **fields["hparams"]}
    if unknown := sorted(values.keys() - kinds.keys()):
        raise FormatError(f"{unknown[0]!r} is not a setting of this family")
    check_json(values, kinds)
    sizes = values["rnn_layer_sizes"] = tuple(values["rnn_layer_sizes"])
    if not 1 <= len(sizes) <= MAX_LAYERS or not 1 <= min(sizes) <= max(sizes) <= MAX_UNITS:
        raise FormatError(f"rnn_layer_sizes: expected sizes of 1 to {MAX_UNITS}, found {sizes}")
    return RunConfig(
        config=fields["config"],
        spec=family.spec_type(**values),
        seed=fields["seed"],
        data=fields["data"],
        warm_start=fields["warm_start"],
        versions=fields["versions"],
    )


def _spec_schema(spec_type: type[NetworkSpec]) -> dict[str, Any]:
    """Returns the kinds of a spec's values, as its defaults show them."""
    kinds: dict[str, Any] = {}
    for field in dataclasses.fields(spec_type):
        default = field.default
        kinds[field.name] = [int] if isinstance(default, tuple) else type(default)
        if "None" in str(field.type):
            kinds[field.name] = int | None
    kinds["clip_norm"] = float
    return kinds


def read(run_dir: str | os.PathLike[str]) -> RunConfig | None:
    """Returns what a run_dir says of itself; None where stock trained it, or nobody yet.

    Raises:
        SscMelodyError: The file cannot be read.
    """
    path = Path(run_dir) / NAME
    if not os.path.lexists(path):
        return None
    with about(path, SscMelodyError):
        return parse(read_bytes(path, SscMelodyError, MAX_BYTES))


def write(run_dir: str | os.PathLike[str], run: RunConfig) -> None:
    """Writes the file whole.

    Raises:
        SscMelodyError: It cannot be written.
    """
    write_bytes(Path(run_dir) / NAME, serialize(run))


def _conflict(
    run_dir: str | os.PathLike[str], name: str, run: object, asked: object
) -> OptionError:
    return OptionError(
        f"{Path(run_dir) / NAME}: this run has {name} {run}, `{name.replace(' ', '_')}` says "
        f"{asked}; leave it out, or name another `run_dir`"
    )


def check(
    run_dir: str | os.PathLike[str],
    run: RunConfig,
    config: str | None,
    hparams: Mapping[str, object],
    seed: int | None = None,
) -> None:
    """Compares a run with what was asked for.

    Args:
        run_dir: For messages.
        run: What the run says.
        config: Name of a config or an encoding; None where not given.
        hparams: The hyperparameters that were given, and no others.
        seed: None where not given.

    Raises:
        OptionError: One differs; the message names both values.
    """
    if config is not None and config != run.config:
        raise _conflict(run_dir, "config", run.config, config)
    for name, asked in hparams.items():
        found = getattr(run.spec, name)
        if found != asked:
            raise OptionError(
                f"{Path(run_dir) / NAME}: this run has {name}={_shown(found)}, `hparams` says "
                f"{name}={_shown(asked)}; leave it out, or name another `run_dir`"
            )
    if seed is not None and seed != run.seed:
        raise _conflict(run_dir, "seed", run.seed, seed)


def check_data(run_dir: str | os.PathLike[str], run: RunConfig, fingerprint: str) -> None:
    """Compares a run's training data with those it would go on with.

    Raises:
        OptionError: They differ; the message names both fingerprints.
    """
    found = run.data.get("sha256")
    if found != fingerprint:
        raise OptionError(
            f"{Path(run_dir) / NAME}: this run trains on data of sha256 {found}, the files given "
            f"have {fingerprint}; go on with the same data, or start another `run_dir` from an "
            "exported bundle with `warm_start`"
        )


def _shown(value: object) -> str:
    return str(list(value)) if isinstance(value, tuple) else str(value)
