"""Files of any kind: read within bounds, written whole, told apart by their first bytes."""

from ssc_melody.files.kinds import looks_like
from ssc_melody.files.reading import (
    MAX_BYTES,
    Source,
    is_regular,
    near_names,
    open_regular,
    read_at_most,
    read_bytes,
    read_source,
    user_path,
)
from ssc_melody.files.writing import make_folder, write_bytes, write_new_bytes, write_with

__all__ = [
    "MAX_BYTES",
    "Source",
    "is_regular",
    "looks_like",
    "make_folder",
    "near_names",
    "open_regular",
    "read_at_most",
    "read_bytes",
    "read_source",
    "user_path",
    "write_bytes",
    "write_new_bytes",
    "write_with",
]
