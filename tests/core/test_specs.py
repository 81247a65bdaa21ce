"""The table of configs and --hparams."""

import dataclasses

import pytest

from ssc_melody.errors import SpecError
from ssc_melody.families import get_spec
from ssc_melody.specs import HPARAMS, SPECS, spec_for_encoder_decoder, with_hparams
from ssc_melody.specs.melody import with_range


def test_there_are_eight() -> None:
    kinds = ["basic_rnn", "mono_rnn", "lookback_rnn", "attention_rnn"]
    assert list(SPECS) == [*kinds, *(f"ssc_{kind}" for kind in kinds)]


@pytest.mark.parametrize("kind", ["basic_rnn", "mono_rnn", "lookback_rnn", "attention_rnn"])
def test_ours_differ_from_magentas_in_hyperparameters_only(kind: str) -> None:
    theirs, ours = SPECS[kind], SPECS[f"ssc_{kind}"]
    changed = {"name", "description", "rnn_layer_sizes", "batch_size"}
    for field in dataclasses.fields(theirs):
        same = getattr(theirs, field.name) == getattr(ours, field.name)
        assert same != (field.name in changed), field.name
    assert (ours.rnn_layer_sizes, ours.batch_size) == ((256, 256), 64)
    assert (ours.learning_rate, ours.dropout_keep_prob) == (0.001, 0.5)


def test_hparams_are_applied_to_a_copy() -> None:
    spec = SPECS["attention_rnn"]
    changed = with_hparams(
        spec, "batch_size=64, rnn_layer_sizes=[64,32],clip_norm=1.5,residual_connections=true"
    )
    assert changed.batch_size == 64
    assert changed.rnn_layer_sizes == (64, 32)
    assert changed.clip_norm == 1.5
    assert changed.residual_connections is True
    assert spec.batch_size == 128
    assert with_hparams(spec, "") == spec


def test_one_layer_can_be_set_by_its_index() -> None:
    assert with_hparams(SPECS["basic_rnn"], "rnn_layer_sizes[1]=64").rnn_layer_sizes == (128, 64)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("batchsize=3", r"no hyperparameter 'batchsize' \(did you mean batch_size\?\); there are"),
        ("batch_size", "expected name=value, got 'batch_size'"),
        ("batch_size=many", "batch_size takes a whole number, got 'many'"),
        ("batch_size=0", "hparams: batch_size: expected 1 or more, got 0"),
        ("attn_length=-1", "hparams: attn_length: expected 0 or more, got -1"),
        ("dropout_keep_prob=0", "hparams: dropout_keep_prob: expected a number above 0"),
        ("dropout_keep_prob=1.01", "hparams: dropout_keep_prob: "),
        ("clip_norm=-0.1", "hparams: clip_norm: expected"),
        ("learning_rate=0", "hparams: learning_rate: expected a number above 0"),
        ("learning_rate=fast", "learning_rate takes a number, got 'fast'"),
        ("rnn_layer_sizes=[]", r"rnn_layer_sizes takes sizes like \[128,128\]"),
        ("rnn_layer_sizes=[12,x]", "rnn_layer_sizes takes a whole number, got 'x'"),
        ("rnn_layer_sizes[7]=3", "there are layers 0 to 1"),
        ("use_cudnn=maybe", "use_cudnn takes true or false"),
        ("batch_size=1,batch_size=2", "batch_size is set twice"),
    ],
)
def test_bad_hparams_are_named(text: str, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        with_hparams(SPECS["basic_rnn"], text)


@pytest.mark.parametrize("span", [(0, 128), (60, 72), (0, 12), (116, 128)])
def test_a_range_of_an_octave_or_more(span: tuple[int, int]) -> None:
    spec = with_range(SPECS["basic_rnn"], *span)
    assert (spec.min_note, spec.max_note) == span
    assert with_range(SPECS["mono_rnn"], None, 60).min_note == 0
    assert with_range(spec, None, None) is spec


@pytest.mark.parametrize("span", [(60, 71), (72, 60), (-1, 60), (100, 129), (None, 50), (80, None)])
def test_narrower_ranges_and_those_beyond_midi_are_refused(span: tuple[int, int]) -> None:
    message = "min_note, max_note: expected 0 to 128 .*an octave or more apart, got "
    with pytest.raises(SpecError, match=message):
        with_range(SPECS["basic_rnn"], *span)


def test_every_hyperparameter_is_a_field() -> None:
    assert set(HPARAMS) < {field.name for field in dataclasses.fields(SPECS["basic_rnn"])}


def test_unknown_config_suggests_the_nearest() -> None:
    with pytest.raises(
        SpecError, match=r"no config 'atention_rnn' \(did you mean attention_rnn\?\)"
    ):
        get_spec("atention_rnn")


def test_encoder_decoder_has_magentas_defaults() -> None:
    spec = spec_for_encoder_decoder("key")
    assert (spec.encoding, spec.batch_size, spec.attn_length, spec.clip_norm) == ("key", 64, 0, 3)
    with pytest.raises(SpecError, match="no encoder/decoder 'keys'"):
        spec_for_encoder_decoder("keys")
