"""A data set for training: SequenceExamples as stock writes them, or events alone.

Follows magenta/common/sequence_example_lib.py in what a record is. Inputs are kept as int8 (they
are -1, 0 or 1); events are encoded when they are needed. What stock hangs or fails on without a
reason is said in one line: no file, an empty file, NoteSequences, another config's data.

Left out: records of other models; compressed files.
"""

import dataclasses
import glob
import hashlib
import logging
import os
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ssc_melody.dataset import events_file
from ssc_melody.dataset.examples import encode
from ssc_melody.dataset.pieces import piece_of_note_sequence
from ssc_melody.errors import ChordError, DataError, FormatError, about
from ssc_melody.families import all_specs, family_of
from ssc_melody.files import near_names
from ssc_melody.formats import tfrecord
from ssc_melody.specs import ImprovSpec, NetworkSpec

logger = logging.getLogger("ssc_melody")

_OURS = re.compile(r"_(melodies|lead_sheets)\.")
"""What the names of a data set's files have."""

Encoded = tuple[npt.NDArray[np.int8], npt.NDArray[np.int32]]

_MAKE = "ssc_melody_create_dataset --config={config} --input=MUSIC --output_dir=DIR"
_MAKE_ON_CHORDS = "ssc_improv_create_dataset --config={config} --input=MUSIC --output_dir=DIR"


@dataclasses.dataclass(frozen=True, slots=True)
class OnChords:
    """A melody on chords, not encoded so far.

    Attributes:
        events: [steps] its events.
        chords: Chord symbols, one after the other.
        held: For how many steps each of them holds.
    """

    events: npt.NDArray[np.int8]
    chords: tuple[str, ...]
    held: tuple[int, ...]

    def encode(self, spec: NetworkSpec) -> Encoded:
        """Returns what the network of a config is fed and should answer."""
        chords = [c for c, steps in zip(self.chords, self.held, strict=True) for _ in range(steps)]
        inputs, labels = encode(self.events.tolist(), spec, chords)
        return inputs.astype(np.int8), labels.astype(np.int32)


Melody = Encoded | OnChords | npt.NDArray[np.int8]


class Examples:
    """The melodies of a data set.

    Attributes:
        lengths: Steps of each.
        input_size: Length of an input vector.
        weights: How often each comes up in training; None for equally often.
    """

    def __init__(
        self,
        spec: NetworkSpec,
        melodies: Sequence[Melody],
        weights: npt.NDArray[np.float64] | None = None,
    ) -> None:
        """Takes melodies, each encoded already or as its events, and their weights.

        The events may have chords.
        """
        self.weights = weights
        self.spec = spec
        self.input_size = spec.make_encoding().input_size
        self._melodies = melodies
        self.lengths = [_steps(melody) for melody in melodies]

    def encoded(self, i: int) -> Encoded:
        """Returns [steps, input_size] inputs and [steps] labels of a melody."""
        melody = self._melodies[i]
        if isinstance(melody, tuple):
            return melody
        if isinstance(melody, OnChords):
            return melody.encode(self.spec)
        inputs, labels = encode(melody.tolist(), self.spec)
        return inputs.astype(np.int8), labels.astype(np.int32)

    def weighted(self, weights: npt.NDArray[np.float64]) -> "Examples":
        """Returns the melodies with other weights."""
        return Examples(self.spec, self._melodies, weights)

    def first(self, count: int) -> "Examples":
        """Returns the first melodies only; all for 0."""
        return Examples(self.spec, self._melodies[:count]) if count else self


def _steps(melody: Melody) -> int:
    if isinstance(melody, tuple):
        return len(melody[1])
    return len(melody.events if isinstance(melody, OnChords) else melody) - 1


Patterns = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
"""Files, or patterns of files."""


def find_files(patterns: Patterns, name: str) -> list[Path]:
    """Returns the files that patterns match, in order.

    Args:
        patterns: A file or pattern, or several.
        name: The argument's, for messages.

    Raises:
        DataError: One matches none.
    """
    if isinstance(patterns, str | os.PathLike):
        return _find(os.path.expanduser(os.fspath(patterns)), name)
    files = [path for pattern in patterns for path in find_files(pattern, name)]
    if not files:
        raise DataError(f"{name}: expected a file, got none")
    return files


def _find(full: str, name: str) -> list[Path]:
    found = [Path(full)] if os.path.exists(full) else [Path(p) for p in sorted(glob.glob(full))]
    files = [path for path in found if path.is_file()]
    if files:
        return files
    if not found:
        raise DataError(f"{name}: no file matches {full}{near_names(Path(full))}")
    inside = [path.name for path in sorted(found[0].glob("*_*.*")) if _OURS.search(path.name)]
    hint = f"; did you mean {' or '.join(inside[-2:])} in it?" if inside else ""
    raise DataError(f"{name}: {full} is a folder{hint}")


def fingerprint(paths: Iterable[Path]) -> str:
    """Returns the SHA-256 of the files' bytes, one after the other."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def load(paths: Sequence[Path], spec: NetworkSpec, if_empty: str = "") -> Examples:
    """Reads a data set.

    Args:
        paths: TFRecord files of SequenceExamples, of events, or of lead sheets.
        spec: The config to train.
        if_empty: What to do about a file without a melody; else to make the data again.

    Raises:
        DataError: A file is empty, damaged, no data set, or made for another config.
    """
    melodies: list[Melody] = []
    for path in paths:
        before = len(melodies)
        if not events_file.is_events_file(path):
            melodies += _sequence_examples(path, spec)
        elif isinstance(spec, ImprovSpec):
            melodies += _lead_sheets(path, spec)
        else:
            read = (np.array(events, np.int8) for events in events_file.read_events(path))
            least = 2 * family_of(spec).steps_of(spec)
            melodies += [_ready(events, spec) for events in read if len(events) >= least]
        if len(melodies) == before:
            again = f"make a data set with {_make(spec)}, and see its report for what was discarded"
            raise DataError(f"{path}: no melody in it; {if_empty or again}")
    return Examples(spec, melodies)


def _ready(events: npt.NDArray[np.int8], spec: NetworkSpec) -> Melody:
    """Returns a melody; encoded, where an event of the network stands for several of its steps."""
    if family_of(spec).steps_of(spec) == 1:
        return events
    inputs, labels = encode(events.tolist(), spec)
    return inputs.astype(np.int8), labels.astype(np.int32)


def _lead_sheets(path: Path, spec: ImprovSpec) -> list[OnChords]:
    """Reads a file of lead sheets; a warning counts those whose chords the config cannot see."""
    found, unseen = [], 0
    seen: dict[str, bool] = {}
    for events, changes in events_file.read_lead_sheets(path):
        chords = tuple(sys.intern(symbol) for _, symbol in changes)
        seen.update({symbol: _sees(spec, symbol) for symbol in chords if symbol not in seen})
        if not all(seen[symbol] for symbol in chords):
            unseen += 1
        elif len(events) > 1:
            steps = [*(step for step, _ in changes), len(events)]
            held = tuple(int(steps_held) for steps_held in np.diff(steps))
            found.append(OnChords(np.array(events, np.int8), chords, held))
    if unseen:
        logger.warning("%s: melodies on chords that %s cannot see: %d", path, _name(spec), unseen)
    return found


def _sees(spec: ImprovSpec, symbol: str) -> bool:
    try:
        spec.chords.ones(symbol)
    except ChordError:
        return False
    return True


def _make(spec: NetworkSpec) -> str:
    """Returns the command that makes a data set for a config."""
    return (_MAKE_ON_CHORDS if isinstance(spec, ImprovSpec) else _MAKE).format(config=_name(spec))


def _name(spec: NetworkSpec) -> str:
    return spec.name or f"the {spec.label} encoding"


def _sequence_examples(path: Path, spec: NetworkSpec) -> list[Encoded]:
    import tensorflow as tf  # noqa: PLC0415 (takes seconds to import)

    encoding = spec.make_encoding()
    features = {
        "inputs": tf.io.FixedLenSequenceFeature([encoding.input_size], tf.float32),
        "labels": tf.io.FixedLenSequenceFeature([], tf.int64),
    }
    melodies = []
    for number, record in enumerate(tfrecord.read_records(path), start=1):
        with about(f"{path}: record {number}", DataError):
            try:
                _, lists = tf.io.parse_single_sequence_example(record, sequence_features=features)
            except (tf.errors.InvalidArgumentError, tf.errors.DataLossError) as error:
                raise _explained(record, spec) from error
            inputs, labels = lists["inputs"].numpy(), lists["labels"].numpy()
            if len(inputs) != len(labels):
                raise FormatError(f"{len(inputs)} inputs, but {len(labels)} labels")
            if len(labels):
                melodies.append(_checked(inputs, labels, spec))
    return melodies


def _checked(inputs: Any, labels: Any, spec: NetworkSpec) -> Encoded:
    classes = spec.make_encoding().num_classes
    if not 0 <= labels.min() <= labels.max() < classes:
        found = labels.max() if labels.min() >= 0 else labels.min()
        raise FormatError(f"label {found}; {_name(spec)} has 0 to {classes - 1}")
    small = inputs.astype(np.int8)
    if not np.array_equal(small, inputs):
        raise FormatError("expected inputs of -1, 0 and 1, found others")
    return small, labels.astype(np.int32)


def _explained(record: bytes, spec: NetworkSpec) -> FormatError:
    """Returns the reason why a record is not an example of this config."""
    import tensorflow as tf  # noqa: PLC0415

    make = f"make a data set with {_make(spec)}"
    needed = spec.make_encoding().input_size
    try:
        lists = tf.train.SequenceExample.FromString(record).feature_lists.feature_list
        sizes = {len(feature.float_list.value) for feature in lists["inputs"].feature}
    except Exception:  # protobuf has its own errors, of no common class
        sizes = set()
    if sizes - {0, needed}:
        found = max(sizes - {needed})
        specs = all_specs().values()
        fitting = [s.name for s in specs if s.make_encoding().input_size == found]
        made_for = f" ({fitting[0]} takes {found})" if fitting else ""
        return FormatError(f"{found} inputs; {_name(spec)} needs {needed}{made_for}; {make}")
    try:
        piece_of_note_sequence(record, "")
    except DataError:
        return FormatError(f"expected a SequenceExample, found other bytes; {make}")
    return FormatError(f"a NoteSequence; training takes SequenceExamples: {make}")
