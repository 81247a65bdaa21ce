"""Training examples of melodies; SequenceExamples have the literal bytes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssc_melody.dataset import events_file, examples
from ssc_melody.errors import DataError
from ssc_melody.families import get_spec
from ssc_melody.formats.sequence_example import sequence_example
from ssc_melody.formats.tfrecord import frame
from ssc_melody.melody import events as melody_events
from ssc_melody.specs import SPECS

MELODIES = st.lists(st.sampled_from([-2, -2, -2, -1, *range(0, 128, 3)]), min_size=2, max_size=150)


@pytest.mark.parametrize("name", list(SPECS)[:4])
@given(events=MELODIES)
@settings(max_examples=60, deadline=None)
def test_an_example_is_the_squashed_melody_and_what_follows(name, events):
    spec = get_spec(name)
    clean = melody_events.clean(events)
    squashed, _ = melody_events.squash(clean, spec.min_note, spec.max_note, spec.transpose_to_key)
    inputs, labels = examples.encode(events, spec)
    encoding = spec.make_encoding()
    np.testing.assert_array_equal(inputs, encoding.encode(squashed[:-1]))
    np.testing.assert_array_equal(labels, encoding.labels(squashed)[1:])


def test_literal_sequence_example():
    data = sequence_example(np.array([[1.0, 0.0]], np.float32), np.array([200]))
    floats = "0a080000803f00000000"  # FloatList, packed
    inputs = "0a0c" + "120a" + floats
    labels = "0a06" + "1a04" + "0a02" + "c801"
    lists = "0a18" + "0a06" + b"inputs".hex() + "120e" + inputs
    lists += "0a12" + "0a06" + b"labels".hex() + "1208" + labels
    assert data.hex() == "12" + f"{len(lists) // 2:02x}" + lists


def test_events_round_trip(tmp_path):
    tunes = [[60, -2, -1, 127], [0, 1, -2]]
    path = tmp_path / "training_melodies.events"
    records = [events_file.header(4), *(np.array(t, np.int8).tobytes() for t in tunes)]
    path.write_bytes(b"".join(map(frame, records)))
    assert events_file.is_events_file(path)
    assert list(events_file.read_events(path)) == tunes


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ([], "expected a file of events"),
        ([b"\x12\x00"], "expected a file of events"),
        ([b'{"format": "ssc_melody events", "version": 2}'], "of version 1, found"),
        ([events_file.header(4), b"\x80"], "melody 1: expected events of -2..127"),
        ([events_file.header(4), b""], "melody 1: expected events of -2..127"),
    ],
)
def test_other_files_are_refused(tmp_path, records, message):
    path = tmp_path / "x"
    path.write_bytes(b"".join(map(frame, records)))
    with pytest.raises(DataError, match=message):
        list(events_file.read_events(path))
