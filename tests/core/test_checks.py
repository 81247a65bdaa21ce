"""Values that a caller gives: what passes, and what is said of the rest, by name."""

import math

import numpy as np
import pytest

from ssc_melody.dataset.options import DatasetOptions, Options, default_of
from ssc_melody.errors import OptionError, SpecError
from ssc_melody.evaluation.options import EvaluateOptions
from ssc_melody.specs import SPECS, checks, with_hparams
from ssc_melody.training.options import TrainOptions


@pytest.mark.parametrize("value", [128, 128.0, np.int64(128), np.float64(128), np.uint8(128)])
def test_whole_numbers_of_any_kind(value: float) -> None:
    found = checks.whole("n", value, 1, 128)
    assert (found, type(found)) == (128, int)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (1.5, "n: expected a whole number, got 1.5"),
        ("3", "n: expected a whole number, got '3'"),
        (None, "n: expected a whole number, got None"),
        (True, "n: expected a whole number, got True"),
        (math.nan, "n: expected a whole number, got nan"),
        (math.inf, "n: expected a whole number, got inf"),
        (0, "n: expected 1 to 9, got 0"),
        (10**30, f"n: expected 1 to 9, got {10**30}"),
    ],
)
def test_what_is_not_a_whole_number_in_range(value: object, message: str) -> None:
    with pytest.raises(OptionError) as caught:
        checks.whole("n", value, 1, 9)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("limits", "value", "message"),
    [
        ({"least": 0, "most": 1}, 1.5, "x: expected 0 to 1, got 1.5"),
        ({"least": 0}, -1, "x: expected 0 or more, got -1"),
        ({"above": 0}, 0, "x: expected a number above 0, got 0"),
        ({"above": 0, "most": 1}, 2, "x: expected a number above 0, at most 1, got 2"),
        ({}, math.inf, "x: expected a finite number, got inf"),
        ({"least": 0, "most": 1}, math.nan, "x: expected 0 to 1, got nan"),
        ({}, "1", "x: expected a number, got '1'"),
        ({}, False, "x: expected a number, got False"),
    ],
)
def test_numbers_out_of_range(limits: dict[str, float], value: object, message: str) -> None:
    with pytest.raises(OptionError) as caught:
        checks.number("x", value, **limits)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dropout_keep_prob=2", "dropout_keep_prob: expected a number above 0, at most 1, got 2"),
        ("dropout_keep_prob=0", "dropout_keep_prob: expected a number above 0, at most 1, got 0"),
        ("learning_rate=0", "learning_rate: expected a number above 0, got 0"),
        ("learning_rate=-1", "learning_rate: expected a number above 0, got -1"),
        ("learning_rate=inf", "learning_rate: expected a number above 0, got inf"),
        ("clip_norm=-1", "clip_norm: expected 0 or more, got -1"),
        ("clip_norm=nan", "clip_norm: expected 0 or more, got nan"),
        ("attn_length=-1", "attn_length: expected 0 or more, got -1"),
        ("batch_size=64}", "expected name=value pairs such as batch_size=64,rnn_layer_sizes=[64,"),
        ("{'batch_size':64,", "expected name=value pairs such as batch_size=64,rnn_layer_sizes=["),
        ("batch_size:64", "expected name=value pairs such as batch_size=64,rnn_layer_sizes=[64,"),
    ],
)
def test_hyperparameters_out_of_range(text: str, message: str) -> None:
    with pytest.raises(SpecError) as caught:
        with_hparams(SPECS["basic_rnn"], text)
    assert str(caught.value).startswith(f"hparams: {message}")


@pytest.mark.parametrize(
    "hparams",
    [
        "batch_size=64,rnn_layer_sizes=[16,8]",
        "{'batch_size': 64, 'rnn_layer_sizes': [16, 8]}",
        "{batch_size=64, rnn_layer_sizes=[16,8]}",
        "batch_size=64.0,rnn_layer_sizes=(16,8)",
        {"batch_size": 64, "rnn_layer_sizes": (16, 8)},
    ],
)
def test_hyperparameters_as_people_write_them(hparams: object) -> None:
    spec = with_hparams(SPECS["basic_rnn"], hparams)  # type: ignore[arg-type]
    assert (spec.batch_size, spec.rnn_layer_sizes) == (64, (16, 8))


def test_no_limit_of_the_gradient_is_stocks_zero() -> None:
    assert with_hparams(SPECS["basic_rnn"], "clip_norm=0").clip_norm == 0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TrainOptions(patience=-1), "patience: expected 0 or more, got -1"),
        (lambda: TrainOptions(summary_frequency=0), "summary_frequency: expected 1 or more, got 0"),
        (lambda: TrainOptions(max_minutes=math.nan), "max_minutes: expected 0 or more, got nan"),
        (lambda: TrainOptions(num_training_steps="9"), "num_training_steps: expected a whole"),
        (lambda: DatasetOptions(min_bars=-1), "min_bars: expected 0 to 1000000, got -1"),
        (lambda: DatasetOptions(eval_ratio=2), "eval_ratio: expected 0 to 1, got 2"),
        (lambda: DatasetOptions(max_pitch=20), "max_pitch: expected 24 to 127, got 20"),
        (lambda: DatasetOptions(timing="beats"), "timing: expected one of symbolic, absolute, got"),
        (lambda: DatasetOptions(transpose_semitones=[200]), "transpose_semitones: expected -127 t"),
        (lambda: EvaluateOptions(num_steps=8), "num_steps: expected 16 or more, got 8"),
        (lambda: EvaluateOptions(temperature=0), "temperature: expected a number above 0, got 0"),
    ],
)
def test_options_check_themselves(make: object, message: str) -> None:
    with pytest.raises(OptionError) as caught:
        make()  # type: ignore[operator]
    assert str(caught.value).startswith(message)


def test_numbers_are_kept_as_plain_ones() -> None:
    made = TrainOptions(num_training_steps=np.int64(7), patience=3.0)  # type: ignore[arg-type]
    assert (made.num_training_steps, made.patience) == (7, 3)
    assert (type(made.num_training_steps), type(made.patience)) == (int, int)


def test_defaults_stand_once_and_are_told_in_words() -> None:
    assert default_of("min_bars") == "7"
    assert default_of("max_steps") == "512"
    assert default_of("timing") == "NoteSequences: absolute, music files: symbolic"
    assert default_of("dedupe") == "NoteSequences: no, music files: yes"
    assert default_of("max_empty_bar_ratio") == "NoteSequences: 1, music files: 0.25"
    assert default_of("transpose_semitones") == "0"
    spec = SPECS["basic_rnn"]
    assert DatasetOptions().made(spec, raw=False) == Options(spec)
    assert DatasetOptions(max_steps=0).made(spec, raw=True).limits.max_steps is None
