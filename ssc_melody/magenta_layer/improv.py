"""Rows of `specs.IMPROV_SPECS` as Magenta's configs.

Follows improv_rnn_model.py (ImprovRnnConfig, `default_configs`).
"""

from typing import Any

from ssc_melody.magenta_layer import shims
from ssc_melody.magenta_layer.register import magenta_hparams, melody_encoder_decoder
from ssc_melody.specs import ImprovSpec


def improv_config(spec: ImprovSpec) -> Any:
    """Returns a new ImprovRnnConfig that shares nothing with any other.

    Raises:
        SpecError: The encoding does not exist.
        SscMelodyError: Magenta is not installed, or TensorFlow was imported too early.
    """
    shims.activate()
    import note_seq  # noqa: PLC0415
    from magenta.models.improv_rnn import improv_rnn_model  # noqa: PLC0415
    from note_seq.protobuf import generator_pb2  # noqa: PLC0415

    spec.make_encoding()  # SpecError where there is no such encoding
    chords = (
        note_seq.PitchChordsEncoderDecoder()
        if spec.chord_encoding == "pitches"
        else note_seq.OneHotEventSequenceEncoderDecoder(note_seq.TriadChordOneHotEncoding())
    )
    details = None
    if spec.name:
        details = generator_pb2.GeneratorDetails(id=spec.name, description=spec.description)
    config = improv_rnn_model.ImprovRnnConfig(
        details,
        note_seq.ConditionalEventSequenceEncoderDecoder(chords, melody_encoder_decoder(spec)),
        magenta_hparams(spec),
        min_note=spec.min_note,
        max_note=spec.max_note,
        transpose_to_key=spec.transpose_to_key,
    )
    config.steps_per_quarter = spec.steps_per_quarter
    return config
