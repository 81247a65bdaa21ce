"""Melody RNN on a current Python: Magenta's configs, bundles and melodies, without TensorFlow.

    import ssc_melody

    model = ssc_melody.load_bundle("attention_rnn.mag")
    for i, melody in enumerate(model.generate(num_outputs=10, primer=[60], seed=7)):
        melody.to_midi(f"{i}.mid", qpm=120)

What the commands do, Python does: `create_dataset`, `train`, `export_bundle`, `evaluate`.

What is public is listed here and imported when it is first used, so that a command loads no more
than it needs.
"""

import importlib
from typing import TYPE_CHECKING, Any

from ssc_melody.constants import VERSION

if TYPE_CHECKING:
    from ssc_melody.chords.progression import Progression
    from ssc_melody.dataset.create import create_dataset
    from ssc_melody.dataset.options import DatasetOptions
    from ssc_melody.errors import (
        BundleError,
        ChordError,
        DataError,
        MelodyError,
        MidiError,
        OptionError,
        PrimerError,
        SpecError,
        SscMelodyError,
    )
    from ssc_melody.evaluation.options import EvaluateOptions
    from ssc_melody.evaluation.run import evaluate
    from ssc_melody.export.run import export_model
    from ssc_melody.families import get_spec
    from ssc_melody.magenta_layer.export import export_bundle
    from ssc_melody.magenta_layer.register import register
    from ssc_melody.melody.melody import Melody
    from ssc_melody.midi.read import read_midi
    from ssc_melody.play.chord_files import read_chords
    from ssc_melody.play.constraints import Constraints
    from ssc_melody.play.hierarchy import Hierarchy
    from ssc_melody.play.hierarchy_file import load_hierarchy, save_hierarchy
    from ssc_melody.play.inspection import inspect_file
    from ssc_melody.play.loading import load, load_bundle, load_checkpoint
    from ssc_melody.play.model import Model
    from ssc_melody.play.sampling import Sampling
    from ssc_melody.play.shipped import shipped_bundle
    from ssc_melody.render.picture import draw
    from ssc_melody.render.png import to_png
    from ssc_melody.render.sound import to_wav
    from ssc_melody.render.svg import to_svg
    from ssc_melody.render.timeline import timeline
    from ssc_melody.specs import SPECS, MelodySpec, with_hparams, with_range
    from ssc_melody.tracks.track import Track
    from ssc_melody.training.hierarchy import train_hierarchy
    from ssc_melody.training.options import TrainOptions
    from ssc_melody.training.run import Run, train

__version__ = VERSION

_HOMES = {
    "dataset.create": ("create_dataset",),
    "dataset.options": ("DatasetOptions",),
    "errors": (
        "BundleError",
        "ChordError",
        "DataError",
        "MelodyError",
        "MidiError",
        "OptionError",
        "PrimerError",
        "SpecError",
        "SscMelodyError",
    ),
    "evaluation.options": ("EvaluateOptions",),
    "evaluation.run": ("evaluate",),
    "export.run": ("export_model",),
    "families": ("get_spec",),
    "magenta_layer.export": ("export_bundle",),
    "magenta_layer.register": ("register",),
    "melody.melody": ("Melody",),
    "midi.read": ("read_midi",),
    "chords.progression": ("Progression",),
    "play.hierarchy": ("Hierarchy",),
    "play.hierarchy_file": ("load_hierarchy", "save_hierarchy"),
    "play.chord_files": ("read_chords",),
    "play.inspection": ("inspect_file",),
    "play.sampling": ("Sampling",),
    "play.constraints": ("Constraints",),
    "play.loading": ("load", "load_bundle", "load_checkpoint"),
    "play.model": ("Model",),
    "play.shipped": ("shipped_bundle",),
    "render.picture": ("draw",),
    "render.png": ("to_png",),
    "render.sound": ("to_wav",),
    "render.svg": ("to_svg",),
    "render.timeline": ("timeline",),
    "specs": ("SPECS", "MelodySpec", "with_hparams", "with_range"),
    "training.hierarchy": ("train_hierarchy",),
    "tracks.track": ("Track",),
    "training.options": ("TrainOptions",),
    "training.run": ("Run", "train"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "SPECS",
    "BundleError",
    "ChordError",
    "Constraints",
    "DataError",
    "DatasetOptions",
    "EvaluateOptions",
    "Hierarchy",
    "Melody",
    "MelodyError",
    "MelodySpec",
    "MidiError",
    "Model",
    "OptionError",
    "PrimerError",
    "Progression",
    "Run",
    "Sampling",
    "SpecError",
    "SscMelodyError",
    "Track",
    "TrainOptions",
    "create_dataset",
    "draw",
    "evaluate",
    "export_bundle",
    "export_model",
    "get_spec",
    "inspect_file",
    "load",
    "load_bundle",
    "load_checkpoint",
    "load_hierarchy",
    "read_chords",
    "read_midi",
    "register",
    "save_hierarchy",
    "shipped_bundle",
    "timeline",
    "to_png",
    "to_svg",
    "to_wav",
    "train",
    "train_hierarchy",
    "with_hparams",
    "with_range",
]


def __getattr__(name: str) -> Any:
    if name == "configs":
        return importlib.import_module("ssc_melody.configs")
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
