"""Rhythm profiles: clusters of bars and beats, by hand."""

import numpy as np
import pytest

from ssc_melody.encodings.profiles import (
    Profiles,
    cluster,
    find_profiles,
    nearest_centre,
    parse_profiles,
    patterns,
)
from ssc_melody.errors import SpecError


def test_a_pattern_has_ones_where_notes_begin() -> None:
    found = patterns([60, -2, 62, -1, -1, 64], 4)
    assert found.tolist() == [[1, 0, 1, 0], [0, 1, 0, 0]]
    assert patterns([], 4).shape == (0, 4)


def test_the_nearest_centre_is_the_first_of_equals() -> None:
    centres = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    points = np.array([[0.9, 0.1], [0.5, 0.5], [0.2, 0.9], [0.5, 0.0]])
    assert nearest_centre(points, centres).tolist() == [1, 0, 2, 0]


def test_clusters_are_found_the_commonest_first() -> None:
    points = np.array([[1.0, 1, 0, 0]] * 5 + [[0.0, 0, 1, 1]] * 9 + [[1.0, 0, 0, 0]])
    found = cluster(points, 2, seed=1)
    assert found[0].tolist() == [0, 0, 1, 1]
    np.testing.assert_allclose(found[1], [1, 0.83, 0, 0])
    assert cluster(points, 99, seed=1).shape == (3, 4)
    np.testing.assert_array_equal(cluster(points, 3, seed=2)[0], [0, 0, 1, 1])


def test_profiles_of_melodies_and_their_text() -> None:
    even = [60, -2, -2, -2] * 8
    dense = [60, -2, 62, -2] * 8
    found = find_profiles([even, even, dense], bars=2, beats=2)
    assert found.bars.tolist() == [[1, 0, 0, 0] * 4, [1, 0, 1, 0] * 4]
    assert found.beats.tolist() == [[1, 0, 0, 0], [1, 0, 1, 0]]
    text = found.text()
    assert text == (
        "64000000" * 4 + "," + "64006400" * 4 + "|64000000,64006400"
    )  # fmt: skip
    read = parse_profiles(text)
    assert all(np.array_equal(a, b) for a, b in zip(read, found, strict=True))
    melody = [*even[:16], *dense[:18]]
    assert found.of_bars(melody).tolist() == [0, 1, 0]
    assert found.of_beats(melody).tolist() == [0] * 4 + [1] * 4 + [0]


def test_hundredths_are_kept() -> None:
    made = Profiles(np.full((1, 16), 0.25), np.full((2, 4), 1.0))
    assert parse_profiles(made.text()).bars.tolist() == [[0.25] * 16]


@pytest.mark.parametrize(
    "text",
    ["", "64", "|", "zz" * 16 + "|64000000", "64" * 16, "64" * 15 + "|64000000",
     "65" * 16 + "|64000000", ",".join(["64" * 16] * 300) + "|64000000"],
)  # fmt: skip
def test_damaged_profiles_are_one_line(text: str) -> None:
    with pytest.raises(SpecError, match="profiles: expected rows of 32 hexadecimal digits"):
        parse_profiles(text)
