"""Readers of scores: ABC tune books and MusicXML, without any library."""
