"""Melody RNN on a current Python: Magenta's configs, bundles and melodies, without TensorFlow.

    import ssc_melody

    model = ssc_melody.load_bundle("attention_rnn.mag")
    for i, melody in enumerate(model.generate(num_outputs=10, primer=[60], seed=7)):
        melody.to_midi(f"{i}.mid", qpm=120)

What is public is listed here; the modules are listed in the README in reading order.
"""

from ssc_melody import configs
from ssc_melody.errors import (
    BundleError,
    MelodyError,
    MidiError,
    OptionError,
    PrimerError,
    SpecError,
    SscMelodyError,
)
from ssc_melody.inspect import inspect_file
from ssc_melody.melody import Melody
from ssc_melody.model import Model, load_bundle, load_checkpoint
from ssc_melody.specs import SPECS, MelodySpec, get_spec

__version__ = "0.1.0"

__all__ = [
    "SPECS",
    "BundleError",
    "Melody",
    "MelodyError",
    "MelodySpec",
    "MidiError",
    "Model",
    "OptionError",
    "PrimerError",
    "SpecError",
    "SscMelodyError",
    "configs",
    "get_spec",
    "inspect_file",
    "load_bundle",
    "load_checkpoint",
    "register",
]


def register() -> None:
    """Puts our four configs into Magenta's registry; a second call changes nothing.

    Call it before TensorFlow or Magenta is imported: it also makes Magenta run on current
    TensorFlow (`magenta_layer.shims`).

    Raises:
        SpecError: Somebody else's config has one of our names.
        SscMelodyError: Magenta is not installed, or TensorFlow was imported too early.
    """
    from ssc_melody.magenta_layer import register as registry  # noqa: PLC0415 (needs Magenta)

    registry.register()
