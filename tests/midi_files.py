"""Small MIDI files for tests."""

import io

import mido


def midi_bytes(tracks: dict[str, list[tuple[int, int, int]]], ticks: int = 480) -> bytes:
    """Returns a file of one track a name; notes are (pitch, start, end) in sixteenths."""
    file = mido.MidiFile(ticks_per_beat=ticks)
    for channel, (name, notes) in enumerate(tracks.items()):
        events = []
        for pitch, start, end in notes:
            events += [(start, 1, "note_on", pitch), (end, 0, "note_off", pitch)]
        track = mido.MidiTrack([mido.MetaMessage("track_name", name=name)])
        now = 0
        for step, _, kind, pitch in sorted(events):
            time = (step - now) * ticks // 4
            track.append(mido.Message(kind, note=pitch, velocity=80, channel=channel, time=time))
            now = step
        file.tracks.append(track)
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()
