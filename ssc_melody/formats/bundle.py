"""Bundles (.mag): a trained network in one file.

Follows Magenta's GeneratorBundle message: generator id and description, one V1 checkpoint
(checkpoint.py), one serialized metagraph (metagraph.py), and a description of the bundle.

Left out: what the checkpoint and the metagraph hold; their own readers check that.
"""

import os
from dataclasses import dataclass

from ssc_melody.errors import BundleError, FormatError
from ssc_melody.files import Source, looks_like, read_source, user_path, write_bytes
from ssc_melody.formats import protos
from ssc_melody.formats.table import read_varint

_FIELD_NAMES = {
    1: "generator_details",
    2: "checkpoint_file",
    3: "metagraph_file",
    4: "bundle_details",
}


@dataclass(frozen=True)
class Bundle:
    """The parts of a bundle.

    Attributes:
        generator_id: Name of the config that plays it, such as ``attention_rnn``.
        generator_description: What that config is, in words.
        bundle_description: What this bundle is, in words, or "".
        checkpoint: A V1 checkpoint file.
        metagraph: A serialized MetaGraphDef.
        source: Where it comes from, for messages.
    """

    generator_id: str
    generator_description: str
    bundle_description: str
    checkpoint: bytes
    metagraph: bytes
    source: str


def read_bundle(source: Source) -> Bundle:
    """Reads a bundle.

    Args:
        source: A .mag file: a path, its bytes, or an open binary file.

    Raises:
        BundleError: There is no such file, or it is not a bundle.
    """
    if isinstance(source, str | os.PathLike) and os.path.isdir(path := user_path(source)):
        raise BundleError(
            f"{path} is a folder; expected a .mag file (to play a training run use `run_dir`)"
        )
    return parse_bundle(*read_source(source, BundleError))


def parse_bundle(data: bytes, source: str) -> Bundle:
    """Takes a serialized bundle apart.

    Args:
        data: The whole .mag file.
        source: Where it comes from, for messages.

    Raises:
        BundleError: No bundle, cut short, or without id, checkpoint or metagraph.

    Source: Magenta's generator.proto.
    """
    if not data:
        raise BundleError(f"{source} is empty; expected a bundle (.mag)")
    try:
        message = protos.parse(protos.GeneratorBundle, data)
    except FormatError as error:
        raise BundleError(f"{source}: {_explain(data)}") from error
    bundle = Bundle(
        generator_id=message.generator_details.id,
        generator_description=message.generator_details.description,
        bundle_description=message.bundle_details.description,
        checkpoint=b"".join(message.checkpoint_file),
        metagraph=message.metagraph_file,
        source=source,
    )
    parts = [
        ("generator id", bundle.generator_id),
        ("checkpoint", bundle.checkpoint),
        ("metagraph", bundle.metagraph),
    ]
    missing = [name for name, part in parts if not part]
    if len(missing) == len(parts):
        raise BundleError(f"{source}: {_explain(data)}")
    if missing:
        raise BundleError(f"{source}: a bundle without {' and '.join(missing)} (cut short?)")
    if len(message.checkpoint_file) != 1:
        raise BundleError(
            f"{source}: expected 1 checkpoint file, found {len(message.checkpoint_file)}"
        )
    return bundle


def _explain(data: bytes) -> str:
    """Says what bytes are that should have been a bundle."""
    expected = "expected a bundle (.mag), found"
    found = looks_like(data)
    if found:
        return f"{expected} {found}"
    cut = _cut_short(data)
    if cut:
        return f"{expected} one that is cut short: {cut}"
    return f"{expected} something else, or a damaged one, of {len(data)} bytes"


def _cut_short(data: bytes) -> str:
    """Says which field runs past the end, if the bytes begin like a bundle; else returns ""."""
    position = 0
    field = 0
    try:
        while position < len(data):
            start = position
            tag, position = read_varint(data, position, len(data))
            if tag & 7 != 2 or not field <= tag >> 3 <= 4 or tag >> 3 == 0:
                return ""
            field = tag >> 3
            size, position = read_varint(data, position, len(data))
            if size > len(data) - position:
                return (
                    f"{_FIELD_NAMES[field]} at byte {start} needs {size} bytes,"
                    f" {len(data) - position} are left"
                )
            position += size
    except FormatError:
        pass
    return ""


def serialize_bundle(bundle: Bundle) -> bytes:
    """Returns the bytes of a .mag file.

    Args:
        bundle: Its parts; descriptions that are "" are left away.

    Raises:
        BundleError: The id or a description cannot be written as UTF-8.

    Source: Magenta's generator.proto.
    """
    message = protos.GeneratorBundle(
        checkpoint_file=[bundle.checkpoint], metagraph_file=bundle.metagraph
    )
    try:
        message.generator_details.id = bundle.generator_id
        message.generator_details.description = bundle.generator_description
        if bundle.bundle_description:
            message.bundle_details.description = bundle.bundle_description
    except ValueError as error:
        raise BundleError(
            f"{bundle.source}: expected id and descriptions in UTF-8: {error}"
        ) from error
    return bytes(message.SerializeToString())


def write_bundle(path: str | os.PathLike[str], bundle: Bundle) -> None:
    """Writes a bundle, under a temporary name first.

    Args:
        path: The .mag file.
        bundle: Its parts.

    Raises:
        SscMelodyError: The file cannot be written.
    """
    write_bytes(path, serialize_bundle(bundle))
