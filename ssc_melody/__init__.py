"""Melody RNN on a current Python: Magenta's configs, bundles and melodies, without TensorFlow.

    import ssc_melody

    model = ssc_melody.load_bundle("attention_rnn.mag")
    for i, melody in enumerate(model.generate(num_outputs=10, primer=[60], seed=7)):
        melody.to_midi(f"{i}.mid", qpm=120)

What is public is listed here and imported when it is first used, so that a command loads no more
than it needs; the modules are listed in the README in reading order.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
    from ssc_melody.families import get_spec
    from ssc_melody.melody.melody import Melody
    from ssc_melody.play.choice import Sampling
    from ssc_melody.play.inspection import inspect_file
    from ssc_melody.play.loading import load_bundle, load_checkpoint
    from ssc_melody.play.model import Model
    from ssc_melody.specs import SPECS, MelodySpec

__version__ = "0.1.0"

_HOMES = {
    "errors": (
        "BundleError",
        "MelodyError",
        "MidiError",
        "OptionError",
        "PrimerError",
        "SpecError",
        "SscMelodyError",
    ),
    "play.inspection": ("inspect_file",),
    "melody.melody": ("Melody",),
    "play.loading": ("load_bundle", "load_checkpoint"),
    "play.model": ("Model",),
    "families": ("get_spec",),
    "specs": ("SPECS", "MelodySpec"),
    "play.choice": ("Sampling",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

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
    "Sampling",
    "SpecError",
    "SscMelodyError",
    "configs",
    "get_spec",
    "inspect_file",
    "load_bundle",
    "load_checkpoint",
    "register",
]


def __getattr__(name: str) -> Any:
    if name == "configs":
        return importlib.import_module("ssc_melody.configs")
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__


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
