"""Playing live: a phrase is heard on a MIDI port and answered on another.

In reading order: `ports` (messages in and out), `grid` (where the bars are), `phrase` (notes as
events), `session` (when to listen and when to answer), `loop` (the clock on the wall).
"""
