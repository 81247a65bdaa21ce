"""The Music Turing test for people: a page of pairs to judge, and the sum of the answers.

Both melodies of a pair begin with the same bar; one goes on as a person wrote it, the other as a
model did. The page is blind (what is whose is not to be read in it by chance) and self-contained;
answers stay in the browser and in a file that the listener saves.

An answer's file: {"format": "ssc_melody listening answers", "version": 2, "test": digest,
"answers": [{"pair": 0, "model": "lookback", "choice": "A", "right": true, "plays": [2, 1],
"seconds": 31.5}, ...]}; choice and right are null for "cannot tell". Version 1 knew neither that
nor plays and time.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ssc_melody.errors import DataError, FormatError, about, printable
from ssc_melody.evaluation import page, text
from ssc_melody.evaluation.intervals import binomial
from ssc_melody.files import read_bytes
from ssc_melody.formats.json_data import parse_json
from ssc_melody.melody.events import melody_notes
from ssc_melody.mixtape import assets

if TYPE_CHECKING:
    from ssc_melody.evaluation.compare import Evaluation

ANSWERS, VERSIONS = "ssc_melody listening answers", (1, 2)
MAX_BYTES = 2**20
"""A file of answers above this size is refused unread; a pair takes fifty bytes."""

_SCHEMA = {"format": str, "version": int, "answers": [{"model": str, "right": bool | None}]}
QPM = 120
STEPS_PER_QUARTER = 4

_HERE = Path(__file__).resolve().parent

Test = dict[str, Any]


def make_test(evaluation: Evaluation, num_pairs: int) -> Test:
    """Chooses pairs: the models take turns (sampling), each with bars spread over the pieces.

    Args:
        evaluation: One that has played.
        num_pairs: At most so many.
    """
    random = np.random.default_rng(evaluation.settings.seed)
    makers = [played for played in evaluation.played if played.decoding == "sample"]
    people = {p.view: p for p in evaluation.played if not p.decoding}
    bars = random.permutation(min(len(played.melodies) for played in makers)).tolist()
    pairs = []
    for i, bar in enumerate((bars * num_pairs)[: min(num_pairs, len(bars) * len(makers))]):
        maker = makers[i % len(makers)]
        both = [people[maker.view].melodies[bar], maker.melodies[bar]]
        first = int(random.integers(2))
        pairs.append(
            {
                "model": maker.name,
                "human": first,
                "takes": [_notes(both[first]), _notes(both[1 - first])],
            }
        )
    return {"pairs": pairs, "digest": _digest(pairs)}


def _notes(events: np.ndarray) -> list[list[float]]:
    """Returns [pitch, start, length] of each note, in seconds."""
    seconds = 60 / QPM / STEPS_PER_QUARTER
    return [
        [note.pitch, note.start_step * seconds, (note.end_step - note.start_step) * seconds]
        for note in melody_notes(events.tolist())
    ]


def _digest(pairs: list[Test]) -> str:
    return hashlib.sha256(json.dumps(pairs).encode()).hexdigest()[:16]


def to_html(test: Test) -> str:
    """Returns the page."""
    script = assets.script(*assets.player("synth.js"), _HERE / "listening.js")
    hidden = base64.b64encode(json.dumps(test).encode()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src {assets.source_of(script)}"
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>Who wrote this?</title><style>{page.style()}</style></head><body><main>
<h1>Who wrote this?</h1>
<section id="ask"><p>Both melodies begin with the same bar, which a person wrote. One goes on as
that person did, the other as a program did. Which one is the person's? Listen as often as you like;
what feels right counts.</p>
<p><label>Pair <output id="number"></output> <progress id="progress"></progress></label></p>
<div class="pair">{_take("A", 0)}{_take("B", 1)}</div>
<p id="first" role="status">Listen to both first: to half of each at least.</p>
<div class="buttons"><button type="button" id="unsure" disabled>I cannot tell</button>
<button type="button" id="back" hidden>Back to the pair before</button></div>
<p class="keyboard"><small>Keys: A and B play, 1 and 2 choose, 0 is "cannot tell", Backspace goes
back, space stops.</small></p></section>
<section id="end" hidden><h2>Thank you</h2><div id="score" aria-live="polite"></div>
<div class="buttons"><button class="main" id="save" type="button">Save the answers</button>
<button id="back-at-end" type="button">Back to the last pair</button>
<button id="again" type="button">Start again</button></div></section>
<p id="problem" role="alert"></p>
<noscript><p>This page plays its melodies with JavaScript, which is switched off.</p></noscript>
</main><script type="application/json" id="test">"{escape(hidden)}"</script>
<script>{script}</script></body></html>
"""


def _take(name: str, number: int) -> str:
    return (
        f'<div class="take" id="take{number}"><h2>Melody {name}</h2>'
        f'<button type="button" id="play{number}">Play {name}</button>'
        f'<div class="played" aria-hidden="true"><i></i></div>'
        f'<button type="button" class="main" id="choose{number}" disabled>'
        f"A person wrote {name}</button></div>"
    )


def read_answers(path: Path) -> list[Test]:
    """Reads a file of answers.

    Raises:
        DataError: It is none.
        SscMelodyError: It cannot be read.
    """
    data = read_bytes(path, DataError, MAX_BYTES)
    with about(f"{path}: expected the answers that a listening test saves, found none", DataError):
        content = parse_json(data, _SCHEMA)
        if content["format"] != ANSWERS or content["version"] not in VERSIONS:
            raise FormatError("another format or version")
    return [
        {"model": printable(answer["model"])[:100], "right": answer["right"]}
        for answer in content["answers"]
    ]


def score_table(paths: Sequence[Path]) -> str:
    """Returns how often listeners knew the person, over all files and for each model.

    Raises:
        SscMelodyError: A file does not hold answers.
    """
    answers = [answer for path in paths for answer in read_answers(path)]
    models = sorted({answer["model"] for answer in answers})
    rows = []
    for name in [*models, None]:
        asked = [answer["right"] for answer in answers if name in (None, answer["model"])]
        told = [right for right in asked if right is not None]
        share = text.with_interval(binomial(sum(told), len(told)), "%") + " %" if told else ""
        unsure = str(len(asked) - len(told))
        rows.append((name or "all", str(len(asked)), unsure, str(sum(told)), share))
    header = ("model", "asked", "cannot tell", "person known", "share of those told, 95 % interval")
    return text.table(header, rows)
