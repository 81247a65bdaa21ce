"""Music of more than one voice as events: polyphony, drums, performances; primers, and MIDI out.

To be read in this order: `notes` (what all share), `start` (what a track begins with), `polyphony`,
`drums`, `performance` (each with its conditions in `controls`), `track` (what comes out), `midi`.
"""
