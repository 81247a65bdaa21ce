"""Scores read and written: ABC tune books and MusicXML, without any library."""
