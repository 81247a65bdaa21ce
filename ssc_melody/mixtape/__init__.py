"""The mixtape: MIDI files as one web page that shows and plays them, without a network.

In reading order: `tape` (songs, and where they come from), `roll` (a song as SVG), `notation` (a
song as ABC), `cover` (the cassette), `page` (all of it as HTML). The page's own code is beside
them: `template.html`, `style.css`, `synth.js` (sound), `transport.js` (time), `player.js` (buttons,
keys, playhead) with `helpers.js`, `notation.js` (scores, drawn by the published `abcjs/`). They are
modules, which `assets` joins for a page of one file.
"""

from ssc_melody.mixtape.notation import with_notation, without_notation
from ssc_melody.mixtape.page import write_page
from ssc_melody.mixtape.tape import Mixtape, Run, Song, from_folder, read_song

__all__ = [
    "Mixtape",
    "Run",
    "Song",
    "from_folder",
    "read_song",
    "with_notation",
    "without_notation",
    "write_page",
]
