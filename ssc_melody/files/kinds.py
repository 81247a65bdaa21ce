"""What a file is, told from its first bytes."""

_TABLE_MAGIC = bytes.fromhex("57fb808b247547db")

_FIRST_BYTES = [
    (b"MThd", "a MIDI file"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"Rar!", "a rar archive"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x89PNG", "a PNG picture"),
    (b"%PDF", "a PDF document"),
    (b"RIFF", "a RIFF (sound) file"),
    (b"OggS", "an Ogg (sound) file"),
    (b"ID3", "an MP3 (sound) file"),
    (b"\x93NUMPY", "a NumPy array file"),
    (b"version https://git-lfs", "a Git LFS pointer (fetch the file itself: git lfs pull)"),
    (b"model_checkpoint_path", "a TensorFlow checkpoint state file"),
    (b"X:", "an ABC tune"),
]
_MARKUP = [
    (b"<!doctype html", "a web page (saved in place of the file?)"),
    (b"<html", "a web page (saved in place of the file?)"),
    (b"<?xml", "an XML file"),
    (b"{", "a JSON file"),
]


def looks_like(data: bytes) -> str:
    """Names what a file is, judging by its bytes ("a MIDI file"); returns "" if unknown."""
    for start, name in _FIRST_BYTES:
        if data.startswith(start):
            return name
    head = data[:64].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for start, name in _MARKUP:
        if head.startswith(start):
            return name
    if data.endswith(_TABLE_MAGIC):
        return "a TensorFlow checkpoint (a V1 file or a V2 .index)"
    return ""
