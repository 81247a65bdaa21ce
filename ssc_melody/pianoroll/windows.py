"""Melodies as sliding windows of one-hot vectors, for networks that predict the next event.

Follows the project's method: number of samples = timesteps - sequence length, 38 classes (go on,
note ends, 36 pitches from C3 to B5) in the order of note_seq's one-hot encoding. Other encodings
give their own vectors and labels. Left out: padding (a melody without a whole window and its next
event gives no sample).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from ssc_melody.encodings import Encoding, OneHotEncoding, Pitches
from ssc_melody.errors import MelodyError, MidiError, OptionError, about
from ssc_melody.melody.events import clean
from ssc_melody.pianoroll.roll import check_size

FloatArray = npt.NDArray[np.float32]


def one_hot(
    melodies: Iterable[int] | Iterable[Iterable[int]],
    sequence_length: int,
    encoding: Encoding | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Cuts melodies into windows and the events that follow them.

    Of a melody of T events, sample i has the events i to i + sequence_length - 1 as input and event
    i + sequence_length as target, so there are T - sequence_length samples.

    >>> inputs, targets = one_hot([60, -2, 62, -1], 3)
    >>> inputs.shape, targets.shape, int(targets[0].argmax())
    ((1, 3, 38), (1, 38), 1)

    Args:
        melodies: The events of one melody, or several melodies (lists, arrays or `Melody`).
        sequence_length: Steps in a window, 1 or more.
        encoding: What turns events into vectors; the one-hot of 38 classes if None.

    Returns:
        Inputs, float32 [samples, sequence_length, 38], and targets, float32 [samples, 38] (with
        another encoding its input_size and num_classes), the samples of one melody after another.

    Raises:
        OptionError: sequence_length is below 1.
        MelodyError: An event is not one, or its pitch is outside the encoding's range.
        MidiError: The inputs would be larger than 2 GiB.
    """
    if sequence_length < 1:
        raise OptionError(f"sequence_length: expected 1 or more, found {sequence_length}")
    encoding = encoding or OneHotEncoding()
    rows = [clean(events) for events in _several(melodies)]
    for number, events in enumerate(rows):
        _check_range(number, events, encoding)
    samples = sum(max(0, len(events) - sequence_length) for events in rows)
    shape = (samples, sequence_length, encoding.input_size)
    with about("One-hot windows", MidiError):
        check_size(shape, item_bytes=4)
    inputs = np.zeros(shape, dtype=np.float32)
    targets = np.zeros((samples, encoding.num_classes), dtype=np.float32)
    at = 0
    for events in rows:
        count = len(events) - sequence_length
        if count < 1:
            continue
        windows = np.lib.stride_tricks.sliding_window_view(
            encoding.encode(events)[:-1], sequence_length, axis=0
        )
        inputs[at : at + count] = windows.transpose(0, 2, 1)
        labels = encoding.labels(events)[sequence_length:]
        targets[np.arange(at, at + count), labels] = 1.0
        at += count
    return inputs, targets


def _several(melodies: Iterable[int] | Iterable[Iterable[int]]) -> list[Iterable[int]]:
    """Returns a list of melodies; one melody becomes a list of one."""
    items = list(melodies)
    if items and not isinstance(items[0], Iterable):
        return [items]  # type: ignore[list-item]
    return items  # type: ignore[return-value]


def _check_range(number: int, events: Sequence[int], encoding: Encoding) -> None:
    if not isinstance(encoding.vocabulary, Pitches):
        raise OptionError("one_hot: expected an encoding of melody events")
    low, high = encoding.vocabulary.min_note, encoding.vocabulary.max_note
    for step, event in enumerate(events):
        if event >= 0 and not low <= event < high:
            raise MelodyError(
                f"Melody {number}, event {step}: expected a pitch from {low} to {high - 1}, found "
                f"{event}; melody.events.squash(events, {low}, {high}, 0)[0] moves it there"
            )


def events_of(vectors: npt.ArrayLike, encoding: Encoding | None = None) -> list[int]:
    """Returns the events of one-hot vectors, or the likeliest ones of probabilities.

    >>> inputs, targets = one_hot([60, -2, 62, -1], 3)
    >>> events_of(inputs[0]), events_of(targets)
    ([60, -2, 62], [-1])

    Args:
        vectors: [steps, 38] (with another one-hot encoding its num_classes).
        encoding: The one-hot encoding that made them; that of 38 classes if None.

    Raises:
        MelodyError: The vectors have another size.
        OptionError: The encoding has lookbacks, whose classes need the events before.
    """
    encoding = encoding or OneHotEncoding()
    if encoding.lookbacks:
        raise OptionError("events_of: expected a one-hot encoding, found one with lookbacks")
    array = np.asarray(vectors)
    if array.ndim != 2 or array.shape[1] != encoding.num_classes:
        raise MelodyError(
            f"One-hot vectors: expected [steps, {encoding.num_classes}], found {list(array.shape)}"
        )
    return [int(event) for event in encoding.event(array.argmax(axis=1))]
