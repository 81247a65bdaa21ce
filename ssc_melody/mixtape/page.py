"""A mixtape as one HTML page: everything in it, no address in it, the same bytes each time.

The page may run its own script only, and may load nothing (its Content-Security-Policy), so
that a file's name can do no harm.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from ssc_melody import files
from ssc_melody.constants import note_name
from ssc_melody.mixtape import assets, cover, phrases, roll
from ssc_melody.mixtape.phrases import Phrase
from ssc_melody.mixtape.tape import FORMAT, PAGE_NAME, Mixtape, Run, Song

_NARROWEST_QUARTER = 9
"""Pixels; a longer piece is scrolled."""

_NARROWEST_ON_CHORDS = 20
"""The same where chords must find room."""

_MOST_CHORDS = 8
"""So many chords at most stand beside a title."""

_MOST_OPEN = 3
"""So many runs at most are told of at once; more are opened one by one."""

_LABEL_ROWS = 5
"""So many notes at most are named beside a roll."""


def write_page(tape: Mixtape, folder: Path) -> Path:
    """Writes the page beside the MIDI files and returns its path.

    Raises:
        SscMelodyError: It cannot be written.
    """
    path = folder / PAGE_NAME
    files.write_bytes(path, to_html(tape).encode())
    return path


def to_html(tape: Mixtape) -> str:
    """Returns the page."""
    has_scores = any(song.abc for song in tape.songs)
    notation = ("abcjs/abcjs-basic-min.js", "notation.js") if has_scores else ()
    script = assets.script(*assets.player(*assets.PLAYER, *notation, "player.js"))
    parts = {
        "policy": f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
        f"script-src {assets.source_of(script)}; base-uri 'none'; form-action 'none'",
        "title": escape(tape.title),
        "summary": escape(_summary(tape)),
        "style": cover.style(tape) + assets.text("style.css"),
        "cover": cover.to_svg(tape),
        "legend": _legend(tape),
        "switch": _SWITCH if has_scores else "",
        "songs": "\n".join(_song(number, song) for number, song in enumerate(tape.songs, 1)),
        "notes": _liner_notes(tape),
        "data": _data(tape),
        "script": script,
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], assets.text("template.html"))


_LEGEND = (
    '<p class="legend"><span class="swatch given"></span>Primer, given '
    '<span class="swatch new"></span>Made by the model</p>'
)
_LEGEND_PHRASES = (
    '<p class="legend"><span class="swatch twice">A</span>Bars that come again, note for note</p>'
)


def _legend(tape: Mixtape) -> str:
    given = any(song.primer for song in tape.songs)
    again = any(phrases.repeated(song.line) for song in tape.songs)
    return (_LEGEND if given else "") + (_LEGEND_PHRASES if again else "")


_SWITCH = (
    '<div class="switch" role="group" aria-label="Melodies as">'
    '<button type="button" class="button" id="show-roll" aria-pressed="true">Piano roll</button>'
    '<button type="button" class="button" id="show-score" aria-pressed="false">Notation</button>'
    "</div>"
)


def _plural(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def _summary(tape: Mixtape) -> str:
    seconds = sum(song.line.seconds for song in tape.songs)
    return f"{_plural(len(tape.songs), 'melody').replace('melodys', 'melodies')}, {_clock(seconds)}"


def _facts(song: Song) -> str:
    """What stands beside a song's title."""
    line = song.line
    facts = [_plural(len(line.bars), "bar"), _plural(len(line.notes), "note")]
    if line.chords:
        facts.append(_chords_in_words(line.chords))
    if line.notes:
        low, high = map(note_name, line.pitch_range())
        facts.append(low if low == high else f"{low} to {high}")
    spans = "".join(f"<span>{fact}</span> " for fact in facts)
    return f'{spans}<span class="bpm">{line.qpm:.0f} bpm</span> <span>{_clock(line.seconds)}</span>'


def _chords_in_words(chords: Sequence[tuple[float, str]]) -> str:
    """The first few chords, for who does not see them over the roll."""
    symbols = [escape(symbol) for _, symbol in chords[:_MOST_CHORDS]]
    return "on " + " ".join(symbols) + (" …" if len(chords) > _MOST_CHORDS else "")


def _song(number: int, song: Song) -> str:
    title, name = escape(song.title), escape(song.file_name)
    midi = base64.b64encode(song.midi).decode()
    quarter = _NARROWEST_ON_CHORDS if song.line.chords else _NARROWEST_QUARTER
    width = round(song.line.quarters * quarter)
    bars = len(song.line.bars)
    found = phrases.repeated(song.line)
    phrased = " phrased" if found else ""
    about = f'<p class="about">{escape(song.about)}</p>' if song.about else ""
    score = '<div class="score"></div>' if song.abc else ""
    chords = _chords(song)
    staff = "staff on-chords" if chords else "staff"
    return f"""<li class="song{phrased}" id="song-{number}" data-number="{number}">
<button type="button" class="round play" aria-label="Play {title}">{_ICON}</button>
<div class="head"><h2>{title}</h2>{about}<p class="facts">{_facts(song)}\
{_again(found)}</p></div>
<div class="actions"><a class="button" download="{name}" href="data:audio/midi;base64,{midi}" \
aria-label="Download {title} as a MIDI file" title="{name}">MIDI</a>
<button type="button" class="button wav" aria-label="Download {title} as a WAV file">WAV</button>\
</div>
<div class="{staff}"><div class="names" aria-hidden="true">{_names(song)}</div>
<div class="scroll"><div class="track" style="min-width:{width}px" role="slider" tabindex="0" \
aria-label="Position in {title}" aria-valuemin="1" aria-valuemax="{bars}" aria-valuenow="1" \
aria-valuetext="bar 1 of {bars}">
{chords}{roll.to_svg(song)}{_phrases(song, found)}\
<div class="numbers" aria-hidden="true">{_bar_numbers(song)}</div>\
<div class="head-line"></div></div></div></div>{score}
</li>"""


_ICON = (
    '<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">'
    '<path class="on" d="M8 5.2v13.6L19 12z"/>'
    '<path class="off" d="M7 5h3.6v14H7zM13.4 5H17v14h-3.6z"/>'
    "</svg>"
)


def _names(song: Song) -> str:
    """Names of the C's, where they are drawn; of the outer notes where there are not two."""
    low, high = roll.rows(song)
    pitches = [pitch for pitch in range(low, high + 1) if pitch % 12 == 0]
    if len(pitches) < 2:
        pitches = list(song.line.pitch_range())
    step = -(-len(pitches) // _LABEL_ROWS)
    rows = high - low + 1
    return "".join(
        f'<span style="top:{100 * (high - pitch + 0.5) / rows:.1f}%">{note_name(pitch)}</span>'
        for pitch in sorted(set(pitches))[::step]
    )


def _chords(song: Song) -> str:
    """The chords, each over where it begins."""
    quarters = song.line.quarters
    shown = [(start, symbol) for start, symbol in song.line.chords if start < quarters]
    if not shown:
        return ""
    ends = [*(start for start, _ in shown[1:]), quarters]
    spans = "".join(
        f'<span style="left:{100 * start / quarters:.2f}%;'
        f'width:{100 * (end - start) / quarters:.2f}%">{escape(symbol)}</span>'
        for (start, symbol), end in zip(shown, ends, strict=True)
    )
    return f'<div class="chords" aria-hidden="true">{spans}</div>'


def _bar_numbers(song: Song) -> str:
    bars, quarters = song.line.bars, song.line.quarters
    step = 1 if len(bars) <= 16 else 4
    return "".join(
        f'<span style="left:{100 * bar.start / quarters:.2f}%">{number}</span>'
        for number, bar in enumerate(bars, 1)
        if (number - 1) % step == 0
    )


def _phrases(song: Song, found: Sequence[Phrase]) -> str:
    """Marks what comes again below the notes."""
    bars, quarters = song.line.bars, song.line.quarters
    spans = []
    for letter, first, count in found:
        last = bars[first + count - 1]
        left, right = bars[first].start, last.start + last.length
        place = f"left:{100 * left / quarters:.2f}%;width:{100 * (right - left) / quarters:.2f}%"
        spans.append(f'<span class="phrase-{letter}" style="{place}">{letter}</span>')
    return f'<div class="phrases" aria-hidden="true">{"".join(spans)}</div>' if spans else ""


def _again(found: Sequence[Phrase]) -> str:
    """Says in words what comes again."""
    places: dict[str, list[str]] = {}
    for letter, first, count in found:
        bars = f"{first + 1}" if count == 1 else f"{first + 1}\u2013{first + count}"
        places.setdefault(letter, []).append(bars)
    spans = (f" <span>{letter}: bars {', '.join(bars)}</span>" for letter, bars in places.items())
    return "".join(spans)


def _liner_notes(tape: Mixtape) -> str:
    """How each run can be repeated."""
    if not tape.runs:
        return "<p>These MIDI files do not say what made them.</p>"
    return "\n".join(_run(tape, index, run) for index, run in enumerate(tape.runs))


def _run(tape: Mixtape, index: int, run: Run) -> str:
    numbers = [str(n) for n, song in enumerate(tape.songs, 1) if song.run == index]
    heading = f"Number{'s' * (len(numbers) > 1)} {', '.join(numbers)}"
    rows = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in run.facts
    )
    notes = (
        f'<dl>{rows}</dl><p class="again">The same {"melodies" if len(numbers) > 1 else "melody"} '
        'again:</p><div class="command"><pre tabindex="0"><code>'
        f'{_words(run.command)}</code></pre><button type="button" class="button copy">Copy</button>'
        "</div>"
    )
    if len(tape.runs) > _MOST_OPEN:
        return f"<details><summary>{heading}</summary>{notes}</details>"
    return notes if len(numbers) == len(tape.songs) else f"<h3>{heading}</h3>{notes}"


def _words(command: str) -> str:
    """The words of a command line, each in one piece: lines break between them only."""
    return " ".join(f"<span>{escape(word)}</span>" for word in command.split(" "))


def _data(tape: Mixtape) -> str:
    """What the player plays, and what `tape.from_folder` reads back."""
    data: dict[str, Any] = {
        "format": FORMAT,
        "title": tape.title,
        "runs": [{"command": run.command, "facts": run.facts} for run in tape.runs],
        "songs": [_song_data(song) for song in tape.songs],
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _song_data(song: Song) -> dict[str, Any]:
    low, high = roll.rows(song)
    line = song.line
    notation = {"abc": song.abc} if song.abc else {}
    heard = [(note, [int(note.is_drum)]) for note in line.notes]
    heard += [(note, [0, 1]) for note in song.backing]  # heard and not seen
    heard.sort(key=lambda row: row[0].start)
    data: dict[str, Any] = {"chords": [[round(at, 4), symbol] for at, symbol in line.chords]}
    return notation | {
        "title": song.title,
        "file": song.file_name,
        "sha256": song.checksum,
        "primer": song.primer,
        "run": song.run,
        "about": song.about,
        "low": low,
        "high": high,
        "bars": [round(bar.start, 4) for bar in line.bars],
        "clock": [[round(at, 4), round(time, 4)] for at, time in line.clock],
        "notes": [
            [round(n.start, 4), round(n.end, 4), n.pitch, n.velocity, *kind] for n, kind in heard
        ],
        **(data if line.chords else {}),
    }
