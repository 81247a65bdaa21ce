"""The studio: a page in the browser, served on this machine only, on which melodies are made.

In reading order: `security` (who may ask, and how much), `models` (the bundles to choose from),
`work` (so much at a time), `music` (files of music in and out), `projects` (the file that keeps a
session), `api` (what the page asks for), `server` (the addresses, and the loop). The page is in
`page`: plain modules on top of the mixtape's synthesizer, clock and style.

What an order means is the command's business: `ssc_melody.cli.orders` reads it as flags of
ssc_melody_generate, and is handed in from above.
"""
