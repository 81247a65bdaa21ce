"""A run's checkpoints: written whole or not at all, and exchangeable with stock's.

Follows tf.train.Saver: V2 checkpoints `model.ckpt-STEP`, the text file `checkpoint` that names
them, and the removal of old ones. Each is written in a folder beside the others and moved into
place; the text file changes last. Reading is the core's, which checks every number's checksum.

Left out: the .meta file (Magenta builds its graph anew), partitioned variables.
"""

import logging
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ssc_melody.errors import BundleError, FormatError, SscMelodyError, about
from ssc_melody.files import write_bytes
from ssc_melody.formats.bundle import read_bundle
from ssc_melody.formats.checkpoint import Tensors, check_finite, latest_checkpoint, read_checkpoint
from ssc_melody.network.names import is_weight
from ssc_melody.network.variables import average_name, fresh_state, variable_shapes
from ssc_melody.play.modern import modern_variables
from ssc_melody.play.run_config import NETWORK
from ssc_melody.specs import SPECS, NetworkSpec
from ssc_melody.training import pitch_range

logger = logging.getLogger("ssc_melody")

_DATA = "data-00000-of-00001"
_INDEX = re.compile(r"model\.ckpt-(\d+)\.index")


def steps_in(folder: Path) -> list[int]:
    """Returns the steps of the checkpoints in a folder, the latest last."""
    if not folder.is_dir():
        return []
    matches = [_INDEX.fullmatch(path.name) for path in folder.iterdir()]
    return sorted(int(match[1]) for match in matches if match)


def write(prefix: Path, state: Mapping[str, np.ndarray]) -> None:
    """Writes variables as a V2 checkpoint, file by file."""
    import tensorflow as tf  # noqa: PLC0415 (takes seconds to import)

    names = sorted(state)
    tf.raw_ops.SaveV2(
        prefix=os.fsencode(prefix),  # as text it would have to be UTF-8
        tensor_names=names,
        shape_and_slices=[""] * len(names),
        tensors=[tf.constant(state[name]) for name in names],
    )


def _state_file(steps: list[int]) -> bytes:
    lines = [f'model_checkpoint_path: "model.ckpt-{steps[-1]}"']
    lines += [f'all_model_checkpoint_paths: "model.ckpt-{step}"' for step in steps]
    return ("\n".join(lines) + "\n").encode()


def save(folder: Path, state: Mapping[str, np.ndarray], keep: int) -> Path:
    """Writes a checkpoint and removes those that are too old.

    Args:
        folder: run_dir/train, for instance.
        state: All variables, `global_step` among them.
        keep: How many to keep; 0 for all.

    Returns:
        The checkpoint's prefix.

    Raises:
        SscMelodyError: The disk is full, or gone; what was there before is untouched.
    """
    import tensorflow as tf  # noqa: PLC0415

    name = f"model.ckpt-{int(state['global_step'])}"
    beside = folder / f".saving-{os.getpid()}"
    try:
        beside.mkdir(parents=True, exist_ok=True)
        write(beside / name, state)
        for part in (_DATA, "index"):  # a checkpoint without its index does not exist
            os.replace(beside / f"{name}.{part}", folder / f"{name}.{part}")
    except (OSError, tf.errors.OpError) as error:
        reason = getattr(error, "message", None) or str(error)
        there = steps_in(folder)
        good = f"; the last good one is model.ckpt-{there[-1]}" if there else ""
        raise SscMelodyError(
            f"cannot write the checkpoint {folder / name}: {reason.splitlines()[0][:300]}{good}"
        ) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    steps = steps_in(folder)
    kept = steps[-keep:] if keep else steps
    write_bytes(folder / "checkpoint", _state_file(kept))
    for step in steps[: len(steps) - len(kept)]:
        for path in folder.glob(f"model.ckpt-{step}.*"):
            path.unlink(missing_ok=True)
    return folder / name


def save_best(folder: Path, state: Mapping[str, np.ndarray]) -> None:
    """Writes a checkpoint as the only one of its folder.

    Raises:
        SscMelodyError: The disk is full, or gone.
    """
    name = save(folder, state, keep=0).name
    write_bytes(folder / "checkpoint", _state_file([int(name.removeprefix("model.ckpt-"))]))
    for path in folder.glob("model.ckpt-*"):
        if not path.name.startswith(f"{name}."):
            path.unlink(missing_ok=True)


def clean(folder: Path, after: int | None = None) -> None:
    """Removes what killed runs left: half-written folders, and checkpoints after a step."""
    for path in folder.glob(".saving-*"):
        shutil.rmtree(path, ignore_errors=True)
    for step in steps_in(folder):
        if after is not None and step > after:
            for path in folder.glob(f"model.ckpt-{step}.*"):
                path.unlink(missing_ok=True)


def _layer_sizes(tensors: Tensors) -> list[int]:
    found = {
        int(match[1]): len(array) // 4
        for name, array in tensors.items()
        if (match := re.search(r"cell_(\d+)/(?:\w+/)*basic_lstm_cell/bias$", name))
    }
    return [found[i] for i in sorted(found)]


def fit_weights(tensors: Tensors, spec: NetworkSpec) -> dict[str, np.ndarray]:
    """Returns the weights among a checkpoint's variables.

    Raises:
        FormatError: They are not those of this config's network.
    """
    found = {name: tensors[name] for name in tensors if is_weight(name)}
    sizes, name_of_spec = _layer_sizes(found), spec.name or "this run"
    if sizes and sizes != list(spec.rnn_layer_sizes):
        text = _compact(sizes)
        raise FormatError(
            f"has layers {text}, {name_of_spec} has {_compact(spec.rnn_layer_sizes)}; "
            f"give `hparams=rnn_layer_sizes={text}`"
        )
    weights = {}
    for name, shape in variable_shapes(spec).items():
        array = found.pop(name, None)
        if array is None:
            raise FormatError(f"variable {name} is missing; is it a {name_of_spec}?")
        if array.shape != shape:
            raise FormatError(
                f"variable {name}: expected shape {shape} for {name_of_spec}, found {array.shape}"
            )
        weights[name] = array
    if found:
        raise FormatError(f"variable {min(found)} has no place in a {name_of_spec}")
    check_finite(weights)
    return weights


def _compact(value: object) -> str:
    """Returns a hyperparameter's value as the text of hparams has it."""
    return str(list(value) if isinstance(value, Sequence) else value).replace(" ", "")


def read_state(prefix: Path, spec: NetworkSpec) -> dict[str, np.ndarray]:
    """Reads all variables of a training checkpoint.

    Raises:
        BundleError: It is damaged or does not fit the config.
    """
    tensors = read_checkpoint(prefix)
    with about(prefix, BundleError):
        state = fresh_state(fit_weights(tensors, spec))
    slots = [name for name in state if not is_weight(name)]
    missing = [name for name in slots if name not in tensors]
    if "global_step" in missing or 0 < len(missing) < len(slots) - 1:
        raise BundleError(
            f"{prefix}: variable {missing[0]} is missing; a checkpoint without the optimizer can "
            "be played and exported, but not trained on: export it, and begin a new run with "
            "`warm_start`"
        )
    for name in set(slots) - set(missing):
        if tensors[name].shape != state[name].shape:
            raise BundleError(
                f"{prefix}: variable {name}: expected shape {state[name].shape}, "
                f"found {tensors[name].shape}"
            )
        state[name] = tensors[name].astype(state[name].dtype)
    averages = {name: average_name(name) for name in state if is_weight(name)}
    return state | {
        average: tensors[average]
        for name, average in averages.items()
        if average in tensors and tensors[average].shape == state[name].shape
    }


def latest_state(folder: Path, spec: NetworkSpec) -> dict[str, np.ndarray] | None:
    """Returns the state of the last good checkpoint of a run, or None where there is none.

    Raises:
        BundleError: The checkpoints do not fit the config, or none can be read.
    """
    steps = steps_in(folder)
    if not steps:
        return None
    prefixes = [folder / f"model.ckpt-{step}" for step in reversed(steps)]
    try:
        named = latest_checkpoint(folder)
        prefixes = [named, *(prefix for prefix in prefixes if prefix != named)]
    except BundleError as error:
        logger.warning("%s; going by the files' names", error)
    for i, prefix in enumerate(prefixes):
        try:
            read_checkpoint(prefix)
        except BundleError as error:
            if i + 1 == len(prefixes):
                raise
            logger.warning("%s; going back to the checkpoint before it", error)
            continue
        return read_state(prefix, spec)
    return None


def _config_like(spec: NetworkSpec) -> str | None:
    """Returns a config that a bundle with an id of its own may be of, or None."""
    if spec.name in SPECS:
        return spec.name
    needed = spec.make_encoding().input_size
    alike = (known.name for known in SPECS.values())
    return next((n for n in alike if SPECS[n].make_encoding().input_size == needed), None)


def warm_start(path: Path, spec: NetworkSpec, state: Mapping[str, np.ndarray]) -> Tensors:
    """Returns a first state with the weights of a bundle, of another range of pitches if need be.

    Args:
        path: A .mag file of any release that today's graph can hold.
        spec: The config to train.
        state: The state without it.

    Raises:
        BundleError: It cannot be read, or is of another network.
    """
    bundle, encoding = read_bundle(path), spec.make_encoding()
    theirs, variables = modern_variables(bundle, _config_like(spec))
    old = theirs.make_encoding()
    other_range = old.input_size != encoding.input_size
    if other_range and not pitch_range.fits(old, encoding):
        raise BundleError(
            f"{path}: a bundle of {theirs.name}, which takes {old.input_size} inputs; "
            f"{spec.label} needs {encoding.input_size}"
        )
    for name in NETWORK:
        has, asked = (_compact(getattr(each, name)) for each in (theirs, spec))
        if has != asked:
            raise BundleError(
                f"{path}: has {name}={has}, the run has {asked}; give `hparams={name}={has}`"
            )
    if other_range:
        variables = pitch_range.refit(variables, spec, old)
    with about(path, BundleError):
        return {**state, **fit_weights(variables, spec)}
