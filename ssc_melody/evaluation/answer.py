"""The top of the report: the answer in a sentence or two, and the models in order."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from html import escape
from typing import Any

from ssc_melody.evaluation import text

Content = dict[str, Any]
Numbers = Sequence[float | None]


@dataclasses.dataclass(frozen=True)
class Rank:
    """A model, and what the report found of it.

    Attributes:
        name: The model's.
        view: Key and range in which it hears melodies.
        overlap: Mean overlapping area of its melodies with people's, sampled; 1 is best.
        people: The same of one half of people's pieces with the other.
        bits: Per step of held-out melodies.
        detected: Share of its melodies that the forest tells from people's, 0.5 is chance.
    """

    name: str
    view: str
    overlap: float | None
    people: float | None
    bits: Numbers | None
    detected: Numbers | None


def ranks(content: Content) -> list[Rank]:
    """Returns the models, nearest to people first."""
    found = []
    for model in content["models"]:
        name = model["name"]
        rows = [row for row in content["music"] if row["name"] == name]
        if not rows:
            continue
        row = next((row for row in rows if row["decoding"] == "sample"), rows[0])
        people = next(other for other in content["music"] if other["view"] == row["view"])
        fit = next((fit["bits"] for fit in content["fit"] if fit["name"] == name), None)
        asked = [
            answer["accuracy"]
            for answer in content.get("turing", ())
            if (answer["name"], answer["decoding"]) == (name, row["decoding"])
            and answer["discriminator"] == "forest"
        ]
        found.append(
            Rank(name, row["view"], row["mean_overlap"], people["mean_overlap"], fit,
                 asked[0] if asked else None)
        )  # fmt: skip
    return sorted(found, key=lambda rank: -1.0 if rank.overlap is None else -rank.overlap)


def sentences(found: Sequence[Rank]) -> str:
    """Says which model is better, in HTML; "" where there is none."""
    if not found or found[0].overlap is None:
        return ""
    best = found[0]
    nearest = "comes nearest to people" if len(found) > 1 else "overlaps with people"
    half = f"; of people with each other: {best.people:.2f}" if best.people is not None else ""
    said = [f"{_strong(best)} {nearest} (overlapping area {best.overlap:.2f}{half})."]
    for view in dict.fromkeys(rank.view for rank in found):
        known = [rank for rank in found if rank.view == view and _first(rank.bits) is not None]
        if len(known) > 1:
            top = min(known, key=lambda rank: _first(rank.bits) or 0.0)
            said.append(
                f"{_strong(top)} predicts them best of those that hear melodies "
                f"{escape(view.partition(',')[0])}: {text.decimal(_first(top.bits))} bits per step."
            )
    told = [rank for rank in found if _first(rank.detected) is not None]
    if told:
        least = min(told, key=lambda rank: _first(rank.detected) or 0.0)
        said.append(
            f"A discriminator tells {_strong(least)}'s melodies from people's least often, "
            f"{100 * (_first(least.detected) or 0.0):.0f} % of the time (50 % is chance)."
        )
    return " ".join(said)


def _strong(rank: Rank) -> str:
    return f"<strong>{escape(rank.name)}</strong>"


def _first(numbers: Numbers | None) -> float | None:
    return numbers[0] if numbers else None


def rows(found: Sequence[Rank]) -> tuple[list[str], list[list[str]]]:
    """Returns the header and the rows of the ranked table, cells in HTML."""
    header = ["models, the best first", "overlap with people", "bits per step", "hears"]
    asked = any(rank.detected for rank in found)
    if asked:
        header.insert(2, "detected, %")
    made = []
    for number, rank in enumerate(found, 1):
        row = [
            f"{number}. {escape(rank.name)}",
            text.decimal(rank.overlap),
            text.with_interval(rank.bits).partition(" ")[0] if rank.bits else text.NOTHING,
            escape(rank.view),
        ]
        if asked:
            shown = text.with_interval(rank.detected, "%") if rank.detected else text.NOTHING
            row.insert(2, shown.partition(" ")[0])
        made.append(row)
    return header, made
