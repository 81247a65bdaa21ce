"""The report as one HTML file: all in it, no address, the same bytes each time.

Its script plays melodies and says of tables that they scroll; all else is there without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from ssc_melody.evaluation import answer, habits, metrics, plots, text
from ssc_melody.mixtape import assets

Content = dict[str, Any]

_STYLE = Path(__file__).with_name("style.css")
_SCRIPT = Path(__file__).with_name("report.js")

COPIED_TITLE = "copied notes"


def style() -> str:
    """Returns the style sheet of the report and the listening page."""
    return _STYLE.read_text(encoding="utf-8")


def to_html(content: Content, melodies: str = "") -> str:
    """Returns the page.

    Args:
        content: What was found.
        melodies: Some of them, to be seen and heard (see `samples.section`).
    """
    script = assets.script(*assets.player("synth.js"), _SCRIPT)
    sections = [
        _answer(content),
        _summary(content),
        melodies,
        _fit(content),
        *(_music(content, view) for view in content["views"]),
        *(_histograms(content, view) for view in content["views"]),
        _temperatures(content),
        *([_turing(content)] if "turing" in content else []),
        _method(content),
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        f"style-src 'unsafe-inline'; script-src {assets.source_of(script)}\">"
        f"<title>Evaluation of melody models</title><style>{style()}</style></head><body>"
        f"<main><h1>Which model is better?</h1>{''.join(sections)}</main>"
        f"<script>{script}</script></body></html>\n"
    )


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lays out a table; the cells are HTML, the first of a row is its header."""
    head = "".join(f'<th scope="col">{cell}</th>' for cell in header)
    body = "".join(
        f'<tr><th scope="row">{row[0]}</th>{"".join(f"<td>{cell}</td>" for cell in row[1:])}</tr>'
        for row in rows
    )
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{header[0]}"><table><thead><tr>'
        f"{head}</tr></thead><tbody>{body}</tbody></table></div>"
        '<p class="hint">The table goes on to the right: scroll it sideways.</p>'
    )


def _cell(numbers: Sequence[float | None], unit: str = "", digits: int | None = None) -> str:
    """Writes an estimate with its interval below it."""
    whole = text.with_interval(numbers, unit, digits)
    value, _, interval = whole.partition(" ")
    return f"{value}<small>{interval}</small>" if interval else value


def _answer(content: Content) -> str:
    found = answer.ranks(content)
    said = answer.sentences(found)
    return f'<p class="answer">{said}</p>{_table(*answer.rows(found))}' if said else ""


def _summary(content: Content) -> str:
    people, training = content["people"], content["training"]
    settings = content["settings"]
    pieces = f"{people['pieces']} pieces" if people["pieces"] else "pieces that nobody listed"
    source = (
        f"{training['melodies']} melodies that they learned from"
        if training
        else "(the training set is unknown: no Markov chains, no search for copies)"
    )
    models = f"{len(content['models'])} model{'s' * (len(content['models']) != 1)}"
    return (
        f"<p>{models}, {people['melodies']} melodies that people wrote "
        f"({pieces}, {people['steps']:,} sixteenths) and were held back from training, {source}. "
        f"Each maker continued the same bars by {settings['num_steps']} sixteenths. "
        "In brackets: 95 % intervals, from drawing the pieces anew.</p>"
    )


def _colour(name: str) -> str:
    return "people" if name == "people" else "chain" if name.startswith("Markov ") else "model"


def _fit(content: Content) -> str:
    rows = [
        (
            escape(row["name"]),
            _cell(row["bits"]),
            _cell(row["perplexity"]),
            _cell(row["event_accuracy"], "%"),
            _cell(row["no_event_accuracy"], "%"),
            escape(row["view"]),
        )
        for row in content["fit"]
    ]
    header = (
        "model",
        "bits per step",
        "perplexity",
        "events right, %",
        "no-events right, %",
        "hears",
    )
    dots = [(row["name"], row["bits"], _colour(row["name"])) for row in content["fit"]]
    pairs = "".join(f"<li>{escape(text.pair_in_words(p))}</li>" for p in content["ranking"])
    return (
        "<h2>Fit: who predicts people best</h2>"
        "<p>Less is better. Models that hear melodies in C and those that hear them in their own "
        "key have different tasks; compare within one kind.</p>"
        f"<figure>{plots.intervals(dots, 'bits per step of each model')}"
        "<figcaption>Bits per step on held-out melodies</figcaption></figure>"
        f"{_table(header, rows)}<ul>{pairs}</ul>"
    )


def _columns(content: Content, view: str) -> list[Content]:
    return [row for row in content["music"] if row["view"] == view]


def _music(content: Content, view: str) -> str:
    columns = _columns(content, view)
    header = ["music", *(_column_title(row) for row in columns)]
    described = [(m.name, m.title, m.unit) for m in metrics.METRICS]
    if "copied_notes" in columns[0]["numbers"]:
        described.append(("copied_notes", COPIED_TITLE, ""))
    rows = []
    for name, title, unit in described:
        label = f"{title}<small>{unit}</small>" if unit else title
        cells = []
        for row in columns:
            found = row["distances"].get(name)
            gap = f"<small>{_gap(found)}</small>" if found else ""
            cells.append(_cell(row["numbers"][name], unit) + gap)
        rows.append([label, *cells])
    for histogram in metrics.HISTOGRAMS:
        cells = [_gap(row["distances"][histogram.name]) for row in columns]
        rows.append([f"{histogram.title}<small>histogram</small>", *cells])
    means = [f"<b>{_gap((row['mean_overlap'], row['mean_divergence']))}</b>" for row in columns]
    rows.append(["<b>mean of all distances</b>", *means])
    return (
        f"<h2>Music: who comes near to people ({escape(view)})</h2>"
        "<p>Each cell: mean, interval, and distance from people as overlapping area (1 is best) · "
        "Kullback-Leibler divergence (0 is best). People's own distance is that of one half of the "
        "pieces from the other, about what a model that plays like people comes to.</p>"
        f"{_table(header, rows)}"
    )


def _gap(distance: Sequence[float | None]) -> str:
    """Writes a distance as overlapping area · divergence."""
    overlap, divergence = distance
    return f"{text.decimal(overlap)} · {text.decimal(divergence)}" if overlap is not None else ""


def _column_title(row: Content) -> str:
    small = f"<small>{row['decoding']}</small>" if row["decoding"] else ""
    return f"{escape(row['name'])}{small}"


def _histograms(content: Content, view: str) -> str:
    people, *others = _columns(content, view)
    parts = []
    for row in others:
        name = f"{row['name']}, {row['decoding']}"
        pictures = "".join(
            f"<figure>{_histogram(row, people, histogram, name)}"
            f"<figcaption>{histogram.title}</figcaption></figure>"
            for histogram in metrics.HISTOGRAMS
        )
        parts.append(f"<h3>{escape(name)}</h3><div class='row'>{pictures}</div>")
    return (
        f"<h2>Histograms ({escape(view)})</h2><p>Filled: the model. Outline: people.</p>"
        + "".join(parts)
    )


def _histogram(row: Content, people: Content, histogram: metrics.Histogram, name: str) -> str:
    return plots.histogram(
        row["histograms"][histogram.name],
        people["histograms"][histogram.name],
        histogram.labels,
        f"{histogram.title} of {name} and of people",
    )


def _temperatures(content: Content) -> str:
    header = ("melodies", "temperature", *(habit.title for habit in habits.HABITS))
    rows = []
    for row in content["temperatures"]:
        name = row["name"]
        if row["temperature"] is None and len(content["views"]) > 1:
            name = f"{name} ({row['view'].partition(',')[0]})"
        cells = [_cell((row["habits"][h.name], None, None), h.unit) for h in habits.HABITS]
        rows.append((escape(name), text.decimal(row["temperature"], 1), *cells))
    return (
        "<h2>What temperature does</h2>"
        "<p>Plain sampling, continuing some of the same bars. Percentages are of melodies, of "
        "bars, or of notes. People's melodies are cut from longer ones, so many do not end.</p>"
        f"{_table(header, rows)}"
    )


def _turing(content: Content) -> str:
    header = (
        "melodies", "discriminator", "detection rate, %", "area under ROC",
        "control: detection rate, %", "control: area",
    )  # fmt: skip
    rows = [
        (
            escape(f"{row['name']}, {row['decoding']}"),
            row["discriminator"],
            _cell(row["accuracy"], "%"),
            _cell(row["auc"]),
            _cell(row["control_accuracy"], "%"),
            _cell(row["control_auc"]),
        )
        for row in content["turing"]
    ]
    dots = [
        (
            f"{row['name']}, {row['decoding']}",
            [None if v is None else 100 * v for v in row["accuracy"]],
            _colour(row["name"]),
        )
        for row in content["turing"]
        if row["discriminator"] == "forest"
    ]
    control = text.with_interval(content["turing_controls"]["accuracy"], "%")
    return (
        "<h2>The Music Turing test: can a discriminator tell?</h2>"
        "<p>50 % is the goal: then nobody can. The forest knows all numbers and histograms above, "
        "the boosted trees know runs of intervals and of rhythm. Each was asked about pieces that "
        "it was not trained on. Controls: the same with the labels of half of the pairs swapped, "
        f"anew each of several times; all of them together: {control} %.</p>"
        f"<figure>{plots.intervals(dots, 'detection rate of the forest', mark=50.0)}"
        "<figcaption>Detection rate of the forest, %</figcaption></figure>"
        f"{_table(header, rows)}"
    )


def _method(content: Content) -> str:
    settings = ", ".join(f"{name} {value}" for name, value in content["settings"].items())
    models = "".join(
        f"<li>{escape(model['name'])}: {model['config']}"
        + (f", SHA-256 {model['sha256'][:16]}…" if model["sha256"] else "")
        + "</li>"
        for model in content["models"]
    )
    versions = ", ".join(f"{name} {value}" for name, value in content["versions"].items())
    return f"""<h2>How it was measured</h2><ul>
<li>Bits per step: the mean of &minus;log2 of the probability of each event, the first given. Where
a model has several classes for one event (a repetition), their probabilities are added.</li>
<li>Accuracy: how often the likeliest event came; events are beginnings and ends of notes,
no-events the steps between.</li>
<li>Markov chains: interpolated with Witten and Bell's weights, fitted to the training set; the one
that predicts best plays.</li>
<li>Everybody continues the same bars of held-out pieces; that bar itself is not counted.</li>
<li>Empty bars, pitch classes per bar and qualified notes as in MuseGAN (Dong et al. 2018); a note
is qualified from two sixteenths on. Distances as in Yang and Lerch (2018).</li>
<li>Copied notes: the longest run of notes, with their rhythm, that a training melody has too
{_least(content)}.</li>
</ul><p>Settings: {escape(settings)}. Versions: {escape(versions)}.</p><ul>{models}</ul>"""


def _least(content: Content) -> str:
    """Says what the search for copies leaves out."""
    least = content["least_copied_notes"]
    if least == 1:
        return "(in the key in which models hear it)"
    return (
        f"(in whatever key; runs of fewer than {least} notes, which all music shares, count as 0)"
    )
