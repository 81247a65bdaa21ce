"""The model card that is in an exported folder: what the model is, and how its files are used.

Follows: model cards of the Hugging Face Hub (a README.md that begins with YAML). It says what the
bundle says of itself and what shows in its network, and nothing else: whoever publishes a model
adds its licence and its data.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from ssc_melody.constants import VERSION
from ssc_melody.errors import printable
from ssc_melody.export.weights import Arrays
from ssc_melody.play.inspection import Report

MARK = "<!-- made by ssc_melody_export -->"
"""By which a folder is known to be ours."""

_SHOWN = (
    "id",
    "description",
    "bundle_description",
    "config",
    "encoding",
    "pitch_range",
    "chord_encoding",
    "layer_sizes",
    "attention_length",
    "attention_around",
    "residual_connections",
    "input_size",
    "classes",
    "parameters",
    "magenta",
    "tensorflow",
)
_LIBRARY = {"safetensors": "ssc_melody", "onnx": "onnx", "magenta-js": "magenta"}


def card(
    to: str,
    report: Report,
    family: str,
    name: str,
    digest: str,
    arrays: Arrays,
    key: int | None,
) -> str:
    """Returns the README.md of a folder.

    Args:
        to: What the model was exported to.
        report: What `inspect_file` says of it.
        family: The family that it belongs to, such as "Melody RNN".
        name: The file that it was read from, without its folder.
        digest: The SHA-256 of that file, or "".
        arrays: The model's arrays.
        key: The major key that it was trained in (0 for C); None for any.
    """
    title = printable(str(report.get("id") or report.get("config") or name))
    rows = "".join(
        f"| {label.replace('_', ' ')} | {_cell(report[label])} |\n"
        for label in _SHOWN
        if report.get(label) not in (None, "", [])
    )
    made = f" (SHA-256 `{digest}`)" if digest else ""
    return (
        f"---\nlibrary_name: {_LIBRARY[to]}\npipeline_tag: other\n"
        f"tags: [music, midi, melody-rnn, magenta, lstm]\n---\n{MARK}\n\n"
        f"# {title}\n\n{family}: a recurrent network that continues music, step by step. Exported "
        f"from `{printable(name)}`{made} by ssc_melody {VERSION}.\n\n"
        f"| | |\n|---|---|\n{rows}\n{_events(report, key)}\n{_USE[to]}"
        + (_names(arrays) if to == "safetensors" else "")
    )


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return printable(" ".join(str(value).split())).replace("|", "\\|")


def _events(report: Report, key: int | None) -> str:
    """Says what the classes mean."""
    pitches = report.get("pitch_range")
    if not isinstance(pitches, list):
        return ""
    low, high = pitches
    if report.get("encoding") == "key":
        count = high - low + 1
        classes = (
            f"Classes 0 to {count - 1} begin the notes {low} to {high}, {count} goes on, "
            f"{count + 1} ends the note; the others repeat what was one and two bars ago."
        )
    else:
        classes = (
            f"Class 0 goes on, 1 ends the note, 2 to {high - low + 2} begin the notes {low} to "
            f"{high}"
        ) + (
            "; the others repeat what was one and two bars ago."
            if report.get("encoding") == "lookback"
            else "."
        )
    moved = (
        " It was trained on melodies in C major (or its relatives): move a primer there, and the "
        "answer back."
        if key == 0
        else ""
    )
    return f"## Events\n\n{classes}{moved}\n"


def _names(arrays: Mapping[str, object]) -> str:
    rows = "".join(
        f"| `{name}` | {json.dumps(list(getattr(array, 'shape')))} |\n"  # noqa: B009
        for name, array in sorted(arrays.items())
    )
    return f"\n| array | shape |\n|---|---|\n{rows}"


_USE = {
    "magenta-js": """## Use

Serve this folder, and in a page:

```js
const model = new mm.MusicRNN("URL-OF-THIS-FOLDER");
await model.initialize();
const more = await model.continueSequence(primer, 64, 1.0);  // and chords, for a model on chords
```
""",
    "onnx": """## Use

`model.onnx` is one step: input vector and states in, logits and states out; states are zero at
first. `python play.py` plays it with numpy and onnxruntime, if its inputs are one-hot melodies
without chords. All other inputs are made by the encoders of ssc_melody.
""",
    "safetensors": """## Use

```python
from safetensors.numpy import load_file

arrays = load_file("model.safetensors")
```

LSTM kernels are [inputs + units, 4 x units], gates in the order i, j, f, o; 1 is added to the
forget gate f when it runs (TensorFlow's BasicLSTMCell).
""",
}
