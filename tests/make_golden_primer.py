"""Records what stock Magenta makes of primers, in testdata/golden_primer.json.

Run it where magenta and note-seq are installed: python tests/make_golden_primer.py
"""

import contextlib
import io
import json
import os
import random
import warnings
from pathlib import Path

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import note_seq
    from magenta.models.melody_rnn import melody_rnn_sequence_generator as stock_generator
    from note_seq import midi_io
    from note_seq.protobuf import generator_pb2

GOLDEN = Path(__file__).parents[1] / "testdata" / "golden_primer.json"


class FakeModel:
    """Takes down what the generator hands to the model; its answer is the primer itself."""

    def __init__(self):
        self.asked = None

    def generate_melody(self, num_steps, primer, **_):
        self.asked = (list(primer), num_steps, primer.start_step, primer.steps_per_bar)
        return primer


def stock_primer(sequence, num_steps, qpm):
    """Returns (events, num_steps, start_step, steps_per_bar), or None where stock has no room."""
    model = FakeModel()
    generator = stock_generator.MelodyRnnSequenceGenerator(
        model=model, details=generator_pb2.GeneratorDetails(), checkpoint="none"
    )
    seconds_per_step = 60.0 / qpm / generator.steps_per_quarter
    options = generator_pb2.GeneratorOptions()
    last_end = max((note.end_time for note in sequence.notes), default=0)
    section = options.generate_sections.add(
        start_time=last_end + seconds_per_step, end_time=num_steps * seconds_per_step
    )
    if section.start_time >= section.end_time:
        return None
    with contextlib.suppress(AssertionError):  # the answer may be longer than what was asked for
        generator._generate(sequence, options)
    events, total, _, _ = model.asked
    return model.asked if len(events) < total else None


def midi_bytes(sequence):
    """Returns the MIDI file that note-seq writes."""
    out = io.BytesIO()
    midi_io.sequence_proto_to_pretty_midi(sequence).write(out)
    return out.getvalue()


def cases():
    """Yields rows of primer melodies, each also as a MIDI file and with stock's answers."""
    rng = random.Random(20)
    for _ in range(60):
        events = [
            rng.choice([-2, -2, -2, -1, rng.randrange(128), 60, 67])
            for _ in range(rng.randrange(1, 40))
        ]
        qpm = rng.choice([120.0, 60.0, 90.5, 133.33, rng.uniform(20, 300)])
        num_steps = len(events) + rng.choice([0, 2, 3, 17, 64, 128])
        sequence = note_seq.Melody(events).to_sequence(qpm=qpm)
        midi = midi_bytes(sequence)
        read = midi_io.midi_to_note_sequence(midi)
        yield {
            "events": events,
            "qpm": qpm,
            "num_steps": num_steps,
            "melody": stock_primer(sequence, num_steps, qpm),
            "midi": midi.hex(),
            "midi_melody": stock_primer(read, num_steps, read.tempos[0].qpm),
        }


if __name__ == "__main__":
    rows = [json.dumps(row, separators=(",", ":")) for row in cases()]
    GOLDEN.write_text("[\n" + ",\n".join(rows) + "\n]\n")
    print(f"{len(rows)} primers written to {GOLDEN.name}")
