"""The bars of a voice of ABC: where they began, whether they are full, where overlays go back to.

Follows sections 3.1.6 and 7.4 of the ABC standard 2.1. `&` goes a bar line back: to the beginning
of the bar that it stands in, or at the beginning of a bar to that of the bar before. After so many
bar lines the voice goes on where it was. `(&` and `&)` surround overlays of any length, as in
abc2midi.
"""

from __future__ import annotations

from ssc_melody.scores.abc_notation.fields import Metre


class Bars:
    """The bar lines that a voice has passed, at times in grains.

    Attributes:
        metre: None for music without bars.
        first: Where the first bar ends, 0 before that.
        too_long: How many bars were longer than their metre.
    """

    def __init__(self, whole: int) -> None:
        self.metre: Metre | None = None
        self.first = 0
        self.too_long = 0
        self._whole = whole
        self._starts = [0]

    @property
    def length(self) -> int:
        """Length of a bar; of a whole note without metre."""
        return self._whole * self.metre[0] // self.metre[1] if self.metre else self._whole

    def line(self, time: int) -> None:
        """Passes a bar line."""
        begun = self._starts[-1]
        if time == begun:
            return
        self.first = self.first or time
        if self.metre and time - begun > self.length:
            self.too_long += 1
        self._starts.append(time)

    def rest(self, time: int) -> None:
        """Passes the end of a rest of some bars."""
        self.first = self.first or self._starts[-1] + self.length
        self._starts.append(time)

    def back(self, lines: int, time: int) -> int:
        """Returns the time so many bar lines back from a time."""
        bars = lines if time > self._starts[-1] else lines + 1
        return self._starts[-min(bars, len(self._starts))]


class Overlays:
    """Which layer of a voice is written, and where it goes on afterwards.

    Attributes:
        layer: 0 outside of overlays.
        resume: When the voice goes on after an overlay.
    """

    def __init__(self) -> None:
        self.layer = 0
        self.resume = 0
        self._start = 0
        self._lines = 0
        self._surrounded = False

    def begin(self, lines: int, bars: Bars, time: int) -> int:
        """Begins an overlay, as `&` does (`&&`: two lines); returns when it starts."""
        if not self.layer:
            self.resume = time
            if not self._surrounded:
                self._start = bars.back(lines, time)
        self.layer += 1
        self._lines = lines
        return self._start

    def surround(self, time: int) -> None:
        """Begins a part with overlays, as `(&` does."""
        self._surrounded = True
        self._start = time

    def end(self) -> bool:
        """Ends such a part, as `&)` does; tells whether an overlay ends with it."""
        self._surrounded = False
        ends = self.layer > 0
        self.layer = 0
        return ends

    def line(self) -> bool:
        """Passes a bar line; tells whether an overlay ends with it."""
        if not self.layer or self._surrounded:
            return False
        self._lines -= 1
        if not self._lines:
            self.layer = 0
        return not self.layer
