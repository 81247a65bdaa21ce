"""The report as a table for the terminal, and how its numbers are written everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Content = dict[str, Any]
Numbers = Sequence[float | None]

NOTHING = "-"


def share(value: float | None, digits: int = 0) -> str:
    """Writes a share as a percentage."""
    return NOTHING if value is None else f"{100 * value:.{digits}f} %"


def decimal(value: float | None, digits: int = 2) -> str:
    """Writes a number."""
    return NOTHING if value is None else f"{value:.{digits}f}"


def with_interval(numbers: Numbers, unit: str = "", digits: int | None = None) -> str:
    """Writes an estimate as `value [low, high]`; shares ('%') in percent."""
    value, low, high = numbers
    if value is None:
        return NOTHING
    scale = 100 if unit == "%" else 1
    places = (1 if unit == "%" else 2) if digits is None else digits
    text = f"{scale * value:.{places}f}"
    if low is None or high is None:
        return text
    return f"{text} [{scale * low:.{places}f}, {scale * high:.{places}f}]"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lays out a table, the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    lines = []
    for row in (header, *rows):
        cells = [cell.rjust(width) for cell, width in zip(row, widths, strict=True)]
        lines.append("  ".join([row[0].ljust(widths[0]), *cells[1:]]).rstrip())
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])


def fit_table(content: Content) -> str:
    """Returns how well each predicts."""
    header = ("held-out melodies", "bits per step", "perplexity", "events right", "no-events right")
    rows = [
        (
            row["name"],
            with_interval(row["bits"]),
            decimal(row["perplexity"][0]),
            share(row["event_accuracy"][0], 1),
            share(row["no_event_accuracy"][0], 1),
        )
        for row in content["fit"]
    ]
    return table(header, rows)


def music_table(content: Content) -> str:
    """Returns how near each comes to people."""
    header = ["melodies", "overlap", "divergence", "copied notes", "longest copy"]
    asked = content.get("turing", [])
    names = list(dict.fromkeys(row["discriminator"] for row in asked))
    rows = []
    for row in content["music"]:
        copied = row["numbers"].get("copied_notes", (None,))[0]
        longest = row["most_copied_notes"]
        cells = [
            label(row, content),
            decimal(row["mean_overlap"]),
            decimal(row["mean_divergence"]),
            decimal(copied, 1),
            NOTHING if longest is None else str(longest),
        ]
        for name in names:
            cells.append(told(content, row, name))
        rows.append(cells)
    return table([*header, *(f"detection rate ({name})" for name in names)], rows)


def label(row: Content, content: Content) -> str:
    """Names a row of music: who, how, and for people in which key if there are several."""
    if row["decoding"]:
        return f"{row['name']}, {row['decoding']}"
    if len(content["views"]) > 1:
        return f"{row['name']} ({row['view'].partition(',')[0]})"
    return str(row["name"])


def told(content: Content, row: Content, discriminator: str) -> str:
    """Returns how often a discriminator told a row of music from people."""
    for verdict in content.get("turing", []):
        keys = ("name", "decoding")
        if verdict["discriminator"] == discriminator and all(verdict[k] == row[k] for k in keys):
            return share(verdict["accuracy"][0])
    return ""


def ranking(content: Content) -> str:
    """Returns, in words, who predicts better than whom."""
    return "\n".join(map(pair_in_words, content["ranking"]))


def pair_in_words(pair: Content) -> str:
    """Says whether one predicts better than the other."""
    gap = with_interval(pair["bits"], digits=3)
    better, worse = pair["better"], pair["worse"]
    if pair["sure"]:
        return f"{better} predicts significantly better than {worse}, by {gap} bits per step"
    return f"{better} and {worse}: no significant difference, {gap} bits per step"


def report(content: Content) -> str:
    """Returns what the command prints."""
    parts = [fit_table(content)]
    if content["ranking"]:
        parts.append(ranking(content))
    parts.append(music_table(content))
    if "turing_controls" in content:
        control = with_interval(content["turing_controls"]["accuracy"], "%")
        parts.append(f"detection rate with shuffled labels: {control} % (chance level: 50 %)")
    return "\n\n".join(parts)
