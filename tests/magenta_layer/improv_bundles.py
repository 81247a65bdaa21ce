"""Improv RNN bundles of Magenta's making, small, of random weights, and what it plays of them."""

from pathlib import Path

from magenta.models.improv_rnn import improv_rnn_model, improv_rnn_sequence_generator

from ssc_melody.magenta_layer import shims
from ssc_melody.magenta_layer.engine import stock_generator
from ssc_melody.specs import IMPROV_SPECS, ImprovSpec, with_hparams
from tests.magenta_layer import live

SMALL = {
    "basic_improv": "rnn_layer_sizes=[24,16],batch_size=1",
    "attention_improv": "rnn_layer_sizes=[20,16,12],attn_length=10,batch_size=4",
    "chord_pitches_improv": "rnn_layer_sizes=[20,16,12],batch_size=2",
    "ssc_chord_rnn": "rnn_layer_sizes=[16,16],batch_size=1",
}
"""Configs with networks that are built in no time, and the batch size of their bundles' graphs."""

STOCKS = tuple(SMALL)[:3]


def small_spec(name: str) -> ImprovSpec:
    return with_hparams(IMPROV_SPECS[name], SMALL[name])


def make_bundle(name: str, folder: Path) -> Path:
    """Makes a bundle with Magenta's own code, the .mag file it would publish."""
    spec = small_spec(name)
    run = live.make_run_dir(folder / f"run_{name}", spec)
    generator = stock_generator(spec, checkpoint=str(run / "train"))
    path = folder / f"{name}.mag"
    with shims.quiet_graph(), generator:
        generator.create_bundle_file(str(path), "Random weights.")
    return path


def stock_of(path: Path, name: str) -> object:
    """Returns Magenta's generator with a bundle in it, made from stock's own config."""
    config = improv_rnn_model.default_configs[name]
    generator = improv_rnn_sequence_generator.ImprovRnnSequenceGenerator(
        improv_rnn_model.ImprovRnnModel(config), config.details, bundle=live.read_bundle(path)
    )
    with shims.quiet_graph():
        generator.initialize()
    return generator


def stock_melody(generator: object, primer: list[int], chords: list[str], **search: float) -> list:
    """Returns the events of one generate_melody of Magenta's."""
    made = generator._model.generate_melody(
        live.note_seq.Melody(primer), live.note_seq.ChordProgression(list(chords)), **search
    )
    return [int(event) for event in made]
