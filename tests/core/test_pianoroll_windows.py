"""One-hot windows of melodies, on cases counted by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssc_melody import pianoroll
from ssc_melody.encodings import KeyEncoding
from ssc_melody.errors import MelodyError, OptionError
from ssc_melody.melody.melody import Melody


def test_windows_by_hand():
    inputs, targets = pianoroll.one_hot([48, -2, -1, 83], 2)
    assert inputs.shape == (2, 2, 38)
    assert inputs.argmax(axis=2).tolist() == [[2, 0], [0, 1]]
    assert targets.argmax(axis=1).tolist() == [1, 37]
    assert inputs.sum() == 4
    assert targets.sum() == 2
    assert inputs.dtype == targets.dtype == np.float32


def test_several_melodies_one_after_another_and_short_ones_not_at_all():
    melodies = [[60, 62, 64, 65], [60, 62], Melody([72, -2, 74, -2, 76])]
    inputs, targets = pianoroll.one_hot(melodies, 3)
    assert len(inputs) == len(targets) == 1 + 0 + 2
    assert pianoroll.events_of(targets) == [65, -2, 76]
    assert [pianoroll.events_of(rows) for rows in inputs][2] == [-2, 74, -2]


@given(st.lists(st.sampled_from([-2, -1, 48, 60, 83]), max_size=40), st.integers(1, 12))
@settings(max_examples=100, deadline=None)
def test_samples_are_timesteps_minus_sequence_length(events, length):
    events = [60, *events]
    inputs, targets = pianoroll.one_hot(events, length)
    assert inputs.shape == (max(0, len(events) - length), length, 38)
    for i, (window, target) in enumerate(zip(inputs, targets, strict=True)):
        assert pianoroll.events_of(window) == events[i : i + length]
        assert pianoroll.events_of(target[None]) == [events[i + length]]


def test_other_encodings_give_their_inputs_and_labels():
    encoding = KeyEncoding()
    events = [60, -2, 62, -2] * 6
    inputs, targets = pianoroll.one_hot(events, 4, encoding)
    assert inputs.shape == (20, 4, encoding.input_size)
    assert np.array_equal(inputs[5], encoding.encode(events)[5:9])
    assert targets.argmax(axis=1).tolist() == encoding.labels(events)[4:].tolist()


def test_no_melodies_give_empty_arrays():
    inputs, targets = pianoroll.one_hot([], 8)
    assert (inputs.shape, targets.shape) == ((0, 8, 38), (0, 38))


def test_one_hot_errors():
    with pytest.raises(OptionError, match="sequence_length: expected 1 or more, found 0"):
        pianoroll.one_hot([60], 0)
    with pytest.raises(
        MelodyError, match=r"Melody 1, event 2: expected a pitch from 48 to 83.*squash"
    ):
        pianoroll.one_hot([[60], [60, 62, 84]], 1)
    with pytest.raises(MelodyError, match="Melody event 1"):
        pianoroll.one_hot([60, 200], 1)
    with pytest.raises(MelodyError, match=r"expected \[steps, 38\], found \[2, 3\]"):
        pianoroll.events_of(np.zeros((2, 3)))
    with pytest.raises(OptionError, match="lookbacks"):
        pianoroll.events_of(np.zeros((2, 40)), KeyEncoding())
