"""Encodings against values recorded from note-seq, and the arithmetic written out."""

import json

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ssc_melody.encodings import (
    ConditionalEncoding,
    Encoding,
    KeyEncoding,
    LookbackEncoding,
    OneHotEncoding,
    Pitches,
)
from ssc_melody.errors import SpecError
from ssc_melody.families import all_specs, get_spec
from ssc_melody.specs import SPECS, MelodySpec
from tests.conftest import TESTDATA

GOLDEN = json.loads((TESTDATA / "golden_encodings.json").read_text())
ENCODINGS = {
    "onehot": OneHotEncoding,
    "lookback": lambda low, high: LookbackEncoding(Pitches(low, high)),
    "key": KeyEncoding,
}


def _encoding(golden: dict) -> Encoding:
    return ENCODINGS[golden["encoding"]](golden["min_note"], golden["max_note"])


def test_there_are_recorded_values() -> None:
    assert {golden["encoding"] for golden in GOLDEN} == set(ENCODINGS)
    assert sum(len(golden["events"]) for golden in GOLDEN) > 1000


@pytest.mark.parametrize("golden", GOLDEN)
def test_inputs_labels_and_decoded_events_are_those_of_note_seq(golden: dict) -> None:
    encoding = _encoding(golden)
    assert encoding.input_size == golden["input_size"]
    assert encoding.num_classes == golden["num_classes"]
    assert encoding.default_label == golden["default_label"]
    inputs = np.zeros((len(golden["events"]), encoding.input_size))
    for row, column, value in golden["nonzero_inputs"]:
        inputs[row, column] = value
    np.testing.assert_array_equal(encoding.encode(golden["events"]), inputs)
    assert encoding.labels(golden["events"]).tolist() == golden["labels"]
    encoder = encoding.encoder(encoding.num_classes, len(golden["events"]))
    scratch = np.zeros((encoding.num_classes, encoding.input_size), dtype=np.float32)
    for event, expected in zip(golden["events"], inputs, strict=True):
        encoder.push(np.full(encoding.num_classes, event), scratch)
        np.testing.assert_array_equal(scratch[0], expected)
    assert encoder.decode(np.arange(encoding.num_classes)).tolist() == golden["next_events"]


def test_lookback_input_by_hand() -> None:
    """The third event of [60, -2, 62]: position 3 is 11000 in binary, low bit first."""
    inputs = LookbackEncoding().encode([60, -2, 62])
    expected = np.zeros(121)
    expected[62 - 48 + 2] = 1  # this event
    expected[38] = expected[76] = 1  # nothing was played one or two bars ago: no-event
    expected[114:119] = [1, 1, -1, -1, -1]
    np.testing.assert_array_equal(inputs[2], expected)


def test_key_input_by_hand() -> None:
    """After [60, 62, -1]: silence, rising, and the keys of C and D (C, F, G, Bb, Eb)."""
    vector = KeyEncoding().encode([60, 62, -1])[2]
    assert vector[:36].tolist() == [0] * 36
    assert vector[36:40].tolist() == [0, 1, 1, 1]  # silence; the attack outlives the note-off
    assert vector[42:49].tolist() == [1, 1, -1, -1, -1, -1, -1]
    keys = [float(key in (0, 3, 5, 7, 10)) for key in range(12)]
    assert vector[50:62].tolist() == keys
    assert vector[62:74].tolist() == keys


def test_pitch_zero_counts_as_silence_in_the_key_encoding() -> None:
    vector = KeyEncoding(0, 128).encode([0])[0]
    assert vector[0] == 0
    assert vector[128:130].tolist() == [0, 1]


_melodies = st.lists(
    st.one_of(st.just(-2), st.just(-1), st.integers(48, 83)), min_size=1, max_size=80
)


@settings(max_examples=60, deadline=None)
@given(events=_melodies, name=st.sampled_from(sorted(ENCODINGS)))
def test_labels_decode_to_the_events(events: list[int], name: str) -> None:
    encoding = ENCODINGS[name](48, 84)
    encoder = encoding.encoder(1, len(events))
    x = np.zeros((1, encoding.input_size), dtype=np.float32)
    for event, label in zip(events, encoding.labels(events), strict=True):
        assert encoder.decode(np.array([label])).tolist() == [event]
        encoder.push(np.array([event]), x)


@settings(max_examples=30, deadline=None)
@given(a=_melodies, b=_melodies, name=st.sampled_from(sorted(ENCODINGS)))
def test_a_batch_is_its_melodies_side_by_side(a: list[int], b: list[int], name: str) -> None:
    length = min(len(a), len(b))
    encoding = ENCODINGS[name](48, 84)
    encoder = encoding.encoder(2, length)
    x = np.zeros((2, encoding.input_size), dtype=np.float32)
    alone = encoding.encode(a[:length]), encoding.encode(b[:length])
    for i in range(length):
        if i == length // 2:
            encoder.select(np.array([1, 0]))
            encoder.select(np.array([1, 0]))
        encoder.push(np.array([a[i], b[i]]), x)
        np.testing.assert_array_equal(x, [alone[0][i], alone[1][i]])


def test_note_offs_before_the_first_note_are_silenced() -> None:
    encoder = OneHotEncoding().encoder(2, 4)
    x = np.zeros((2, 38), dtype=np.float32)
    for events in ([-1, 60], [-1, -1], [64, -1]):
        encoder.push(np.array(events), x)
    encoder.after_copy()
    assert encoder.events.tolist() == [[-2, -2, 64], [60, -1, -1]]


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_every_spec_has_an_encoding(spec: MelodySpec) -> None:
    encoding = spec.make_encoding()
    expected = {"onehot": 38, "lookback": 121, "key": 74}
    size = 130 if "mono" in spec.name else expected[spec.encoding]
    assert encoding.input_size == size


def test_an_unknown_encoding_is_named() -> None:
    with pytest.raises(SpecError, match="no encoding 'chroma'; there are: onehot, lookback, key"):
        MelodySpec("x", encoding="chroma").make_encoding()


@settings(max_examples=60, deadline=None)
@example(events=[60] * 40, name="lookback")  # repeats from the first step on that can be one
@example(events=[60] * 40, name="key")
@given(events=_melodies, name=st.sampled_from(sorted(ENCODINGS)))
def test_step_by_step_gives_what_the_whole_melody_gives(events: list[int], name: str) -> None:
    encoding = ENCODINGS[name](48, 84)
    encoder = encoding.encoder(1, 0)  # no room at first: it grows
    x = np.zeros((1, encoding.input_size), dtype=np.float32)
    for event, expected in zip(events, encoding.encode(events), strict=True):
        encoder.push(np.array([event]), x)
        np.testing.assert_array_equal(x[0], expected)


def test_lookbacks_and_counter_bits_are_arguments() -> None:
    encoding = LookbackEncoding(Pitches(60, 62), lookbacks=[2], counter_bits=3)
    assert (encoding.input_size, encoding.num_classes) == (4 + 4 + 3 + 1, 5)
    assert encoding.labels([60, 61, 60, -2]).tolist() == [2, 3, 4, 0]
    last = encoding.encode([60, 61, 60])[2]
    assert last.tolist() == [0, 0, 1, 0, 0, 0, 0, 1, 1, 1, -1, 1]


def test_a_condition_is_the_next_steps() -> None:
    """What conditions step p + 1 stands before what came at step p."""
    encoding = ConditionalEncoding(OneHotEncoding(60, 62), control_size=2)
    controls = np.array([[9, 9], [1, 2], [3, 4]], dtype=np.float32)
    expected = [[1, 2, 0, 0, 1, 0], [3, 4, 1, 0, 0, 0]]
    assert encoding.encode([60, -2], controls).tolist() == expected
    encoder = encoding.encoder(2, 2)
    x = np.zeros((2, 6), dtype=np.float32)
    for i, event in enumerate([60, -2]):
        encoder.push(np.array([event, event]), x, controls[None, i + 1])
        assert x.tolist() == [expected[i]] * 2
    assert encoder.events.tolist() == [[60, -2]] * 2
    assert (encoding.num_classes, encoder.length) == (4, 2)


@pytest.mark.parametrize("name", all_specs())
@given(data=st.data())
@settings(max_examples=20)
def test_parts_that_are_called_one_hot_are(name: str, data: st.DataObject) -> None:
    encoding = get_spec(name).make_encoding()
    classes = st.integers(0, encoding.vocabulary.size - 1)
    events = encoding.event(np.array(data.draw(st.lists(classes, min_size=1, max_size=40))))
    controls = np.full((len(events) + 1, encoding.control_size), 0.5, np.float32)
    given_controls = {"controls": controls} if encoding.control_size else {}
    inputs = encoding.encode(events, **given_controls)
    for begin, width in encoding.one_hot_parts:
        part = inputs[:, begin : begin + width]
        np.testing.assert_array_equal(np.sort(part, axis=1)[:, -2:], [[0, 1]] * len(events))
        assert part.shape[1] == width
        assert not part.min()
