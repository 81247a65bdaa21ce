"""The tape's cover: a cassette in the colours that its songs' checksums choose."""

from __future__ import annotations

import hashlib
from html import escape

from ssc_melody.mixtape.tape import Mixtape

PALETTES = (
    # new notes and buttons, primer; on light, on dark; 4.5 to 1 and more against both grounds
    ("#b93a0e", "#0b6b63", "#ff9a5c", "#3fd8c3"),
    ("#6231c9", "#a14a06", "#b49bff", "#fbbf4a"),
    ("#1d52c4", "#b01f4c", "#7fb0ff", "#ff8aa0"),
    ("#04714f", "#97239f", "#45d99f", "#ee8cf7"),
    ("#a3195b", "#0b6885", "#ff86bd", "#38cde9"),
)

_LONGEST_LABEL = 30
_SPOKES = 6


def palette(tape: Mixtape) -> tuple[str, str, str, str]:
    """Returns four colours: notes and primer, on light and on dark."""
    joined = "".join(song.checksum for song in tape.songs)
    return PALETTES[hashlib.sha256(joined.encode()).digest()[0] % len(PALETTES)]


def style(tape: Mixtape) -> str:
    """Returns the colours as CSS variables."""
    notes, given, dark_notes, dark_given = palette(tape)
    return (
        f":root{{--notes-light:{notes};--given-light:{given};"
        f"--notes-dark:{dark_notes};--given-dark:{dark_given}}}"
    )


def to_svg(tape: Mixtape) -> str:
    """Returns the cassette; the reels are turned and wound by the player."""
    title = tape.title
    if len(title) > _LONGEST_LABEL:
        title = title[: _LONGEST_LABEL - 1].rstrip() + "…"
    minutes = sum(song.line.seconds for song in tape.songs) / 60
    side = f"{len(tape.songs)} songs, {minutes:.0f} min" if minutes >= 1 else "Side A"
    fit = 'textLength="216" lengthAdjust="spacingAndGlyphs"' if len(title) > 19 else ""
    return f"""<svg class="cassette" viewBox="0 0 320 206" aria-hidden="true" focusable="false">
<rect class="shell" x="2" y="2" width="316" height="202" rx="14"/>
<rect class="edge" x="8" y="8" width="304" height="190" rx="10"/>
{"".join(f'<circle class="screw" cx="{x}" cy="{y}" r="4"/>' for x in (17, 303) for y in (17, 189))}
<rect class="label" x="26" y="20" width="268" height="132" rx="7"/>
<rect class="rule" x="40" y="54" width="240" height="1.2"/>
<text class="side" x="41" y="47">A</text>
<text class="name" x="62" y="47" {fit}>{escape(title)}</text>
<rect class="stripe notes" x="26" y="66" width="268" height="14"/>
<rect class="stripe given" x="26" y="80" width="268" height="8"/>
<rect class="stripe notes thin" x="26" y="88" width="268" height="4"/>
<clipPath id="window"><rect x="74" y="70" width="172" height="62" rx="31"/></clipPath>
<g clip-path="url(#window)"><rect class="glass" x="74" y="70" width="172" height="62"/>
<circle class="pack" id="pack-left" cx="106" cy="101" r="48"/>
<circle class="pack" id="pack-right" cx="214" cy="101" r="24"/></g>
{_reel(106)}{_reel(214)}
<text class="small" x="41" y="145">{escape(side)}</text>
<text class="small end" x="279" y="145">Melody RNN</text>
<path class="foot" d="M66 202l9-40h170l9 40z"/>
<circle class="hole" cx="96" cy="186" r="6"/><circle class="hole" cx="224" cy="186" r="6"/>
<rect class="hole" x="126" y="180" width="9" height="9" rx="2"/>
<rect class="hole" x="185" y="180" width="9" height="9" rx="2"/>
</svg>"""


def _reel(x: int) -> str:
    """A hub with teeth around (x, 101); a group of its own, so that it can turn."""
    teeth = "".join(
        f'<rect x="-2" y="-13.5" width="4" height="6" rx="1" transform="rotate({a})"/>'
        for a in range(0, 360, 360 // _SPOKES)
    )
    return (
        f'<g transform="translate({x} 101)"><circle class="hub" r="17"/>'
        f'<g class="reel"><circle class="axle" r="13.5"/>{teeth}</g></g>'
    )
