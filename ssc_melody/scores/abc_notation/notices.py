"""What a reader did not understand, counted by kind, so that a bad file cannot flood a report."""

from __future__ import annotations

from ssc_melody.errors import printable

_SHOWN = 30


class Notices:
    """Counts notices by kind and keeps the first case of each."""

    def __init__(self) -> None:
        self._kinds: dict[str, list[str]] = {}
        self._counts: dict[str, int] = {}

    def add(self, kind: str, case: str = "") -> None:
        """Counts a notice.

        Args:
            kind: A sentence without its full stop; one of a few.
            case: What stood there.
        """
        if kind not in self._counts:
            self._kinds[kind] = [case]
            self._counts[kind] = 0
        self._counts[kind] += 1

    def sentences(self) -> list[str]:
        """Returns a sentence per kind: the first case, and how many there are."""
        out = []
        for kind, count in self._counts.items():
            case = printable(self._kinds[kind][0][:_SHOWN])
            times = f" ({count} times)" if count > 1 else ""
            out.append(f"{kind}{f': {case}' if case else ''}{times}")
        return out
