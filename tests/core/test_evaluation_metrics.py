"""Metrics against values worked out by hand, and against a slow count on longer melodies."""

import itertools
import math

import numpy as np
import pytest

from ssc_melody.evaluation import metrics
from ssc_melody.evaluation.copying import TrainingIndex, note_tokens
from ssc_melody.evaluation.metrics import Line

#        C4 two steps, E4 two steps, off, silence; G4 eight steps, then an empty bar but for ...
BAR_1 = [60, -2, 64, -2, -1, -2, -2, -2, 67, -2, -2, -2, -2, -2, -2, -1]
BAR_2 = [60, -1, 66, -1, *[-2] * 12]
BAR_3 = [-2] * 16
TUNE = BAR_1 + BAR_2 + BAR_3

BY_HAND = {
    "empty_bars": 1 / 3,
    "used_pitch_classes": (3 + 2) / 2,  # C E G; C F#; the empty bar does not count
    "qualified_notes": 3 / 5,  # 2, 2, 7, 1, 1 steps
    "note_density": 5 / 3,
    "pitch_count": 4,
    "pitch_range": 7,
    "mean_interval": (4 + 3 + 7 + 6) / 4,
    "inter_onset_interval": (2 + 6 + 8 + 2) / 4,
    "duration": 13 / 5,
    "rests": (48 - 13) / 48,
    "in_scale": 1.0,  # C E G F# are all in G major
    "pitch_class_entropy": -(0.4 * math.log2(0.4) + 3 * 0.2 * math.log2(0.2)),
    "repeats_one_bar": 1 / 2,  # of the notes of bar 2 the C came back, F# did not
    "repeats_two_bars": float("nan"),  # bar 3 has no note
}


@pytest.mark.parametrize("metric", metrics.METRICS, ids=lambda metric: metric.name)
def test_number_by_hand(metric: metrics.Metric) -> None:
    assert metric.of(Line(TUNE)) == pytest.approx(BY_HAND[metric.name], nan_ok=True, abs=1e-12)


def test_histograms_by_hand() -> None:
    line = Line(TUNE)
    shares = metrics.pitch_class_histogram(line)
    assert shares == pytest.approx([0.4, 0, 0, 0, 0.2, 0, 0.2, 0.2, 0, 0, 0, 0])
    intervals = metrics.interval_histogram(line)
    assert {i - 12: share for i, share in enumerate(intervals) if share} == {
        4: 0.25,
        3: 0.25,
        -7: 0.25,
        6: 0.25,
    }
    durations = metrics.duration_histogram(line)
    assert {i + 1: share for i, share in enumerate(durations) if share} == {1: 0.4, 2: 0.4, 7: 0.2}
    positions = metrics.position_histogram(line)
    assert {i: share for i, share in enumerate(positions) if share} == {0: 0.4, 2: 0.4, 8: 0.2}


def test_wide_intervals_and_long_notes_go_into_the_outer_bins() -> None:
    line = Line([40, *[-2] * 19, 60, -1, 40])
    assert metrics.duration_histogram(line)[15] == pytest.approx(1 / 3)
    assert metrics.interval_histogram(line)[[0, 24]].tolist() == [0.5, 0.5]


def test_in_scale_takes_the_best_key() -> None:
    assert metrics.in_scale(Line([60, 61, 62, 63])) == 0.75  # C, D and E flat: B flat major
    assert metrics.in_scale(Line(list(range(60, 72)))) == pytest.approx(7 / 12)
    assert metrics.in_scale(Line([64, 65, 67, 66])) == 0.75


def test_what_began_before_the_start_still_sounds_but_is_no_note() -> None:
    line = Line([60, -2, -2, -1, 62, -2], start=2)
    assert line.sounding.tolist() == [60, -1, 62, 62]
    assert metrics.note_density(line) == 16 / 4
    assert metrics.pitch_range(line) == 0
    assert metrics.rests(line) == 0.25


def test_repeats_know_the_bar_before_the_start() -> None:
    line = Line(BAR_1 + BAR_1 + BAR_1, start=16)
    assert metrics.repeats_one_bar(line) == 1.0
    assert metrics.repeats_two_bars(line) == 1.0
    moved = [event + 1 if event >= 0 else event for event in BAR_1]
    assert metrics.repeats_one_bar(Line(BAR_1 + moved + BAR_1, start=16)) == 0.0
    assert metrics.repeats_two_bars(Line(BAR_1 + moved + BAR_1, start=16)) == 1.0


def test_silence_has_no_numbers() -> None:
    table = metrics.table([Line([-2] * 16)])
    for name in ("pitch_range", "mean_interval", "duration", "in_scale", "pitch_class_entropy"):
        assert math.isnan(table[name][0])
    assert table["rests"].tolist() == [1.0]
    assert table["empty_bars"].tolist() == [1.0]
    assert table["pitch_classes"].sum() == 0


def _random_tune(seed: int, steps: int = 128) -> list[int]:
    rng = np.random.default_rng(seed)
    return rng.choice([-2] * 8 + [-1] + list(range(55, 80)), size=steps).tolist()


@pytest.mark.parametrize("seed", range(5))
def test_against_the_papers_definitions_on_a_piano_roll(seed: int) -> None:
    """The published formulas, written anew over a [steps, pitches] roll and a list of notes."""
    events = _random_tune(seed)
    roll, onsets = np.zeros((len(events), 128), dtype=bool), []
    sounding = None
    for step, event in enumerate(events):
        if event == -1:
            sounding = None
        elif event >= 0:
            sounding = event
            onsets.append(step)
        if sounding is not None:
            roll[step, sounding] = True
    pitches = [events[step] for step in onsets]
    lengths = []
    for step, until in itertools.pairwise([*onsets, len(events)]):
        part = events[step + 1 : until]
        lengths.append(1 + (part.index(-1) if -1 in part else len(part)))
    bars = roll.reshape(-1, 16, 128)
    chroma = np.zeros((len(bars), 12), dtype=bool)
    for pitch in range(128):
        chroma[:, pitch % 12] |= bars[:, :, pitch].any(axis=1)
    used = chroma.sum(axis=1)
    scales = [{(key + degree) % 12 for degree in (0, 2, 4, 5, 7, 9, 11)} for key in range(12)]
    counts = np.bincount(np.array(pitches) % 12, minlength=12) / len(pitches)
    expected = {
        "empty_bars": (~bars.any(axis=(1, 2))).mean(),
        "used_pitch_classes": used[used > 0].mean(),
        "qualified_notes": sum(length >= 2 for length in lengths) / len(lengths),
        "note_density": len(onsets) / len(bars),
        "pitch_count": len(set(pitches)),
        "pitch_range": max(pitches) - min(pitches),
        "mean_interval": np.mean([abs(a - b) for a, b in itertools.pairwise(pitches)]),
        "inter_onset_interval": (onsets[-1] - onsets[0]) / (len(onsets) - 1),
        "duration": sum(lengths) / len(lengths),
        "rests": 1 - roll.any(axis=1).mean(),
        "in_scale": max(sum(p % 12 in scale for p in pitches) for scale in scales) / len(pitches),
        "pitch_class_entropy": -sum(share * math.log2(share) for share in counts if share),
    }
    for back, name in ((16, "repeats_one_bar"), (32, "repeats_two_bars")):
        late = [step for step in onsets if step >= back]
        expected[name] = sum(events[step] == events[step - back] for step in late) / len(late)
    table = metrics.table([Line(events)])
    assert set(expected) == {metric.name for metric in metrics.METRICS}
    for name, value in expected.items():
        assert table[name][0] == pytest.approx(value, abs=1e-12), name


def test_note_tokens_by_hand() -> None:
    assert note_tokens([-2, 60, -2, 62, -1, -2, 64]) == [(60, -2), (62, -1, -2)]


def test_longest_copies_by_hand() -> None:
    index = TrainingIndex([[60, -2, 62, -1, 64, 65, 67, 0], [72, 74, 76]])
    found = index.longest_copies(
        [
            [50, 62, -1, 64, 65, 99],  # 62, 64, 65
            [60, 62, -1, 99],  # 60 lasts one step here, two there; only the 62 is there
            [65, 67, 72, 74, 76],  # does not run on from one melody to the next
            [1, 2, 3],
            [-2, -1],
        ]
    )
    assert found.tolist() == [3, 1, 2, 0, 0]


def test_longest_copies_against_a_slow_search() -> None:
    rng = np.random.default_rng(0)
    training = [rng.choice([-2, 60, 62], size=60).tolist() for _ in range(5)]
    asked = [rng.choice([-2, 60, 62], size=40).tolist() for _ in range(20)]

    def slow(events: list[int]) -> int:
        tokens, best = note_tokens(events), 0
        for other in map(note_tokens, training):
            for i, j in itertools.product(range(len(tokens)), range(len(other))):
                n = 0
                while i + n < len(tokens) and j + n < len(other) and tokens[i + n] == other[j + n]:
                    n += 1
                best = max(best, n)
        return best

    found = TrainingIndex(training).longest_copies(asked).tolist()
    assert found == [slow(events) for events in asked]
    assert max(found) > min(found) > 0
    whole = len(note_tokens(training[3]))
    assert TrainingIndex(training).longest_copies([training[3]]).tolist() == [whole]
    assert TrainingIndex([]).longest_copies(asked[:2]).tolist() == [0, 0]
