"""MIDI files to notes, and notes to MIDI files."""
