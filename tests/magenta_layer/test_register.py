"""Rows of SPECS and Magenta's configs say the same; registration adds ours and harms nobody."""

import dataclasses

import pytest
from absl.testing import flagsaver
from magenta.models.improv_rnn import improv_rnn_model

import ssc_melody
from ssc_melody.errors import SpecError
from ssc_melody.magenta_layer import register as registry
from ssc_melody.magenta_layer.register import OURS, magenta_config, spec_of_config
from ssc_melody.specs import SPECS, spec_for_encoder_decoder, with_hparams
from tests.magenta_layer.live import (
    melody_rnn_config_flags,
    melody_rnn_model,
    melody_rnn_sequence_generator,
    note_seq,
)

MAGENTAS = ("basic_rnn", "mono_rnn", "lookback_rnn", "attention_rnn")


def facts(config):
    """Everything that a MelodyRnnConfig is made of."""
    return {
        **vars(config),
        "encoder_decoder": registry._facts(config.encoder_decoder),
        "hparams": config.hparams.values(),
        "sizes": (
            config.encoder_decoder.input_size,
            config.encoder_decoder.num_classes,
            config.encoder_decoder.default_event_label,
        ),
    }


@pytest.fixture(autouse=True)
def default_configs(monkeypatch):
    """Magenta's registry as it comes, put back afterwards."""
    stock = {name: melody_rnn_model.default_configs[name] for name in MAGENTAS}
    monkeypatch.setattr(melody_rnn_model, "default_configs", stock)
    chords = improv_rnn_model.default_configs.items()
    stocks = {name: config for name, config in chords if not name.startswith("ssc_")}
    monkeypatch.setattr(improv_rnn_model, "default_configs", stocks)
    monkeypatch.setattr(registry, "_registered", {})
    return stock


@pytest.mark.parametrize("name", MAGENTAS)
def test_magentas_rows_are_magentas_configs(name, default_configs):
    assert facts(magenta_config(SPECS[name])) == facts(default_configs[name])


@pytest.mark.parametrize("name", MAGENTAS)
def test_ours_differ_in_hyperparameters_only(name, default_configs):
    ours, stock = facts(magenta_config(SPECS[f"ssc_{name}"])), facts(default_configs[name])
    assert ours.pop("hparams") == {
        **stock.pop("hparams"),
        "rnn_layer_sizes": [256, 256],
        "batch_size": 64,
    }
    assert ours.pop("details").id == f"ssc_{stock.pop('details').id}"
    assert ours == stock


@pytest.mark.parametrize("name", SPECS)
def test_there_and_back(name):
    spec = with_hparams(SPECS[name], "rnn_layer_sizes=[7,9],residual_connections=true")
    assert spec_of_config(magenta_config(spec)) == spec


@pytest.mark.parametrize("encoding", ["onehot", "lookback", "key"])
def test_melody_encoder_decoder(encoding):
    melody_rnn_config_flags.FLAGS(["x"])
    with flagsaver.flagsaver(melody_encoder_decoder=encoding, config=None, hparams=""):
        stock = melody_rnn_config_flags.config_from_flags()
    assert facts(magenta_config(spec_for_encoder_decoder(encoding))) == facts(stock)


def test_foreign_encoders_are_refused():
    config = magenta_config(SPECS["lookback_rnn"])
    one_hot = note_seq.MelodyOneHotEncoding(48, 84)
    for encoder in (
        note_seq.LookbackEventSequenceEncoderDecoder(one_hot, lookback_distances=[4, 8]),
        note_seq.OneHotEventSequenceEncoderDecoder(note_seq.MelodyOneHotEncoding(0, 128)),
        note_seq.OneHotEventSequenceEncoderDecoder(note_seq.MultiDrumOneHotEncoding()),
    ):
        config.encoder_decoder = encoder
        with pytest.raises(SpecError, match=r"'lookback_rnn'.*pitches 48 to 83"):
            spec_of_config(config)


def test_register_adds_ours_once(default_configs):
    before = {name: facts(config) for name, config in default_configs.items()}
    ssc_melody.register()
    first = dict(default_configs)
    assert tuple(first) == (*MAGENTAS, *OURS)
    ssc_melody.register()
    assert all(default_configs[name] is config for name, config in first.items())
    assert {name: facts(default_configs[name]) for name in MAGENTAS} == before
    assert set(melody_rnn_sequence_generator.get_generator_map()) == {*MAGENTAS, *OURS}
    melody_rnn_config_flags.FLAGS(["x"])
    with flagsaver.flagsaver(config="ssc_mono_rnn", melody_encoder_decoder=None, hparams=""):
        assert melody_rnn_config_flags.config_from_flags() is first["ssc_mono_rnn"]


def test_register_overwrites_nobody(default_configs):
    default_configs["ssc_mono_rnn"] = theirs = magenta_config(SPECS["basic_rnn"])
    with pytest.raises(SpecError, match=r"'ssc_mono_rnn'.*third party's"):
        ssc_melody.register()
    assert set(default_configs) == {*MAGENTAS, "ssc_mono_rnn"}
    assert default_configs["ssc_mono_rnn"] is theirs
    del default_configs["ssc_mono_rnn"]
    ssc_melody.register()
    default_configs["ssc_basic_rnn"] = theirs
    with pytest.raises(SpecError, match="'ssc_basic_rnn'"):
        ssc_melody.register()


def test_configs_are_fresh_at_every_access():
    first, second = ssc_melody.configs.default_configs, ssc_melody.configs.default_configs
    assert tuple(first) == OURS
    for name in OURS:
        assert first[name] is not second[name]
        assert facts(first[name]) == facts(second[name])
        assert facts(getattr(ssc_melody.configs, name)) == facts(first[name])
        first[name].hparams.parse("batch_size=1,rnn_layer_sizes=[1]")
        first[name].details.id = "x"
        assert facts(first[name]) != facts(second[name])
        assert getattr(ssc_melody.configs, name).hparams.batch_size == 64
    assert SPECS["ssc_basic_rnn"].rnn_layer_sizes == (256, 256)
    assert {"default_configs", *OURS} <= set(dir(ssc_melody.configs))
    with pytest.raises(AttributeError, match="no attribute 'ssc_drums'"):
        _ = ssc_melody.configs.ssc_drums


def test_a_spec_without_a_name_has_no_details():
    config = magenta_config(spec_for_encoder_decoder("key"))
    assert config.details is None
    with pytest.raises(SpecError, match="no encoding 'odd'"):
        magenta_config(dataclasses.replace(SPECS["basic_rnn"], encoding="odd"))
