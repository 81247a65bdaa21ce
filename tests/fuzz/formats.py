"""Seeds of binary formats, and inputs that get past their checksums: made of changed parts."""

import dataclasses
import functools
import io
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from random import Random

import numpy as np

from ssc_melody.formats import protos, tfrecord
from ssc_melody.formats.bundle import Bundle, read_bundle, serialize_bundle
from ssc_melody.formats.checkpoint import parse_v1, serialize_v1
from ssc_melody.formats.crc32c import crc32c, masked
from ssc_melody.formats.table import read_table, write_table
from tests.conftest import TESTDATA
from tests.fuzz import mutate

MIDI_WORDS = [
    b"MThd", b"MTrk", b"RIFF", b"RMID", b"data", b"\x00\xff\x2f\x00", b"\x00\xff\x51\x03",
    b"\x00\xff\x58\x04", b"\x00\xf0\x7f", b"\xff\xff\xff\x7f", b"\x00\x90\x3c\x40",
    b"\x00\x80\x3c\x00", b"\x00\xc0\x05", b"\x00\x99\x24\x40", b"\x01\x90\x3c\x40\x01\x3c\x00",
    b"\x8f\xff\xff\x7f",
]  # fmt: skip

ZIP_WORDS = [
    b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07", b"../", b"a.mid",
    b"\xff" * 8,
]  # fmt: skip


def _either(rng: Random, seeds: list[bytes], remake: Callable[[Random], bytes]) -> bytes:
    """Returns mostly an input made of changed parts, else one with changed bytes."""
    return remake(rng) if rng.randrange(4) else mutate.make(rng, seeds, ())


# ---- bundles and checkpoints


@functools.cache
def _bundles() -> list[Bundle]:
    """Returns small bundles; those of a fixed temperature, a number that nothing guards, not."""
    paths = sorted((TESTDATA / "bundles").glob("*.mag"), key=lambda path: path.stat().st_size)
    return [read_bundle(path) for path in paths if not path.name.startswith("m0.1.1_")][:8]


@functools.cache
def bundles() -> list[bytes]:
    return [serialize_bundle(bundle) for bundle in _bundles()]


@functools.cache
def events_of_checkpoints() -> dict[bytes, list[int]]:
    """Returns what each seed plays, by its checkpoint."""
    from ssc_melody.play.loading import model_of_bundle

    return {
        bundle.checkpoint: model_of_bundle(bundle, "basic_rnn").generate(1, 16, seed=1)[0].events
        for bundle in _bundles()
    }


def make_bundle(rng: Random) -> bytes:
    bundle = rng.choice(_bundles())
    kind = rng.randrange(3)
    if kind == 0:
        return mutate.make(rng, [serialize_bundle(bundle)], ())
    if kind == 1:
        graph = mutate.make(rng, [bundle.metagraph], ())
        return serialize_bundle(dataclasses.replace(bundle, metagraph=graph))
    return serialize_bundle(dataclasses.replace(bundle, checkpoint=_other_tensors(bundle, rng)))


def _other_tensors(bundle: Bundle, rng: Random) -> bytes:
    """Returns a checkpoint with a tensor of another name, shape or value."""
    tensors = dict(parse_v1(bundle.checkpoint))
    name = rng.choice(sorted(tensors))
    array = tensors[name]
    kind = rng.randrange(5)
    if kind == 0:
        del tensors[name]
    elif kind == 1:
        tensors[name] = array.reshape(-1)[: rng.randrange(1, array.size + 1)]
    elif kind == 2 and array.ndim:
        shape = list(array.shape)
        axis = rng.randrange(len(shape))
        shape[axis] = max(1, shape[axis] + rng.choice([-4, -1, 1, 4]))
        tensors[name] = np.resize(array, shape)
    elif kind == 3:
        values = [np.nan, np.inf, 1e38, -1e38] if array.dtype.kind == "f" else [-1]
        tensors[name] = np.full_like(array, rng.choice(values))
    else:
        tensors[name + rng.choice(["_1", "/Adam", "x"])] = tensors.pop(name)
    return serialize_v1(tensors)


@functools.cache
def metagraphs() -> list[bytes]:
    """Returns small graphs, and one of a fixed temperature; each is cut to what is read of it."""
    old = read_bundle(next((TESTDATA / "bundles").glob("m0.1.1_tf0.12.1_basic*.mag")))
    return [_without_details(bundle.metagraph) for bundle in [old, *_bundles()[:3]]]


def _without_details(graph: bytes) -> bytes:
    """Drops what nobody reads, half a megabyte of a graph."""
    message = protos.parse(protos.MetaGraphDef, graph)
    for node in message.graph_def.node:
        kept = [
            attr for attr in node.attr if attr.key in ("_output_shapes", "shape", "forget_bias")
        ]
        if node.op == "Const" and len(node.SerializeToString()) < 300:
            kept = list(node.attr)
        del node.attr[:]
        node.attr.extend(kept)
        node.DiscardUnknownFields()
    message.DiscardUnknownFields()
    return bytes(message.SerializeToString())


_TENSORS = {
    "a": np.arange(6, dtype=np.float32).reshape(2, 3),
    "b/c": np.array(7, dtype=np.int64),
    "b/d": np.linspace(0, 1, 40),
}


def v1() -> list[bytes]:
    return [serialize_v1(_TENSORS)]


def make_v1(rng: Random) -> bytes:
    def remake(rng: Random) -> bytes:
        return _table(rng, dict(read_table(v1()[0])))

    return _either(rng, v1(), remake)


def _table(rng: Random, items: dict[bytes, bytes]) -> bytes:
    """Returns a table with a value changed, left out or under another key."""
    key = rng.choice(sorted(items))
    kind = rng.randrange(8)
    if kind == 0:
        del items[key]
    elif kind == 1:
        items[mutate.make(rng, [key], ())[:4096]] = items.pop(key)
    else:
        items[key] = mutate.make(rng, [items[key]], ())
    return write_table(sorted(items.items()))


@functools.cache
def _v2_parts() -> tuple[dict[bytes, bytes], bytes]:
    header = protos.BundleHeaderProto(num_shards=1)
    items, data = {b"": header.SerializeToString()}, b""
    for name, array in sorted(_TENSORS.items()):
        raw = array.tobytes()
        number = {"float32": 1, "float64": 2, "int64": 9}[array.dtype.name]
        entry = protos.BundleEntryProto(
            dtype=number, offset=len(data), size=len(raw), crc32c=masked(crc32c(raw))
        )
        for size in array.shape:
            entry.shape.dim.add(size=size)
        items[name.encode()] = entry.SerializeToString()
        data += raw
    return items, data


def _v2(index: bytes, data: bytes) -> bytes:
    return len(index).to_bytes(4, "big") + index + data


def v2() -> list[bytes]:
    items, data = _v2_parts()
    return [_v2(write_table(sorted(items.items())), data)]


def make_v2(rng: Random) -> bytes:
    items, data = _v2_parts()
    return _either(rng, v2(), lambda rng: _v2(_table(rng, dict(items)), data))


# ---- records


@functools.cache
def note_sequences() -> list[bytes]:
    sequence = protos.NoteSequence(ticks_per_quarter=220, total_time=20.0, id="x")
    sequence.tempos.add(qpm=120.0)
    sequence.tempos.add(time=8.0, qpm=90.0)
    sequence.time_signatures.add(numerator=4, denominator=4)
    sequence.time_signatures.add(time=8.0, numerator=3, denominator=4)
    for i in range(36):
        start = i * 0.5
        sequence.notes.add(pitch=60 + i % 7, velocity=80, start_time=start, end_time=start + 0.5)
    sequence.instrument_infos.add(instrument=0, name="Melody")
    return [sequence.SerializeToString()]


_EXTREMES = [0.0, -1.0, 1e-300, 1e300, float("inf"), float("nan"), 1e6, 0.1, 2.0**31]
_INTEGERS = [0, -1, 1, 127, 128, 2**31 - 1, -(2**31), 3, 64, 1000]


def make_note_sequence(rng: Random) -> bytes:
    return _either(rng, note_sequences(), _other_values)


def _other_values(rng: Random) -> bytes:
    """Returns a NoteSequence with numbers of other sizes."""
    sequence = protos.parse(protos.NoteSequence, note_sequences()[0])
    for _ in range(rng.choice([1, 2, 5])):
        rows = rng.choice([sequence.tempos, sequence.time_signatures, sequence.notes])
        row = rng.choice(rows)
        if rng.randrange(20) == 0:
            rows.extend([row] * rng.choice([10, 1000, 20_000]))
        field = rng.choice(row.DESCRIPTOR.fields)
        if field.name in ("time", "qpm", "start_time", "end_time"):
            setattr(row, field.name, rng.choice(_EXTREMES))
        elif field.name != "is_drum":
            setattr(row, field.name, rng.choice(_INTEGERS))
    sequence.total_time = rng.choice([20.0, 20.0, *_EXTREMES])
    return bytes(sequence.SerializeToString())


LEAD_SHEET = b"\x3c\xfe\x3e\xff\x40\xfe\x800 C|2 Am7/G|5 N.C."


@functools.cache
def tfrecords() -> list[bytes]:
    from ssc_melody.dataset import events_file

    records = [events_file.header(4), bytes([60, 254, 62, 254]), bytes([255, 0, 127])]
    copies = [b'{"format": "ssc_melody copies", "version": 1, "run": 8, "runs": 2}', b"abcd"]
    header = b'{"format": "ssc_melody critic", "version": 1, "buckets": 4096, "bias": 0.5}'
    critic = [header, b"a" * 16384]
    sheets = [events_file.header(4, with_chords=True), LEAD_SHEET]
    files = [b"".join(map(tfrecord.frame, part)) for part in (records, copies, critic, sheets)]
    return [*files, tfrecord.frame(note_sequences()[0])]


def make_tfrecord(rng: Random) -> bytes:
    def remake(rng: Random) -> bytes:
        from ssc_melody.dataset import events_file

        records = [events_file.header(4), bytes([60, 254, 62, 254]), bytes([255, 0, 127])]
        if rng.randrange(3) == 0:
            records = [events_file.header(4, with_chords=True), LEAD_SHEET, LEAD_SHEET]
        at = rng.randrange(3)
        records[at] = mutate.make(rng, [records[at]], ())
        return b"".join(map(tfrecord.frame, records))

    return _either(rng, tfrecords(), remake)


# ---- archives


def _zip(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return buffer.getvalue()


def _music() -> dict[str, bytes]:
    return {
        "a.mid": (TESTDATA / "cases" / "plain.mid").read_bytes(),
        "b/c.kar": (TESTDATA / "cases" / "midi_karaoke.kar").read_bytes(),
        "notes": b"text" * 100,
    }


@functools.cache
def zips() -> list[bytes]:
    methods = (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
    return [_zip(_music(), method) for method in methods]


def make_zip(rng: Random) -> bytes:
    """Returns mostly an archive whose fields (sizes, methods, names) are changed; CRCs stay."""
    data = bytearray(rng.choice(zips()))
    if rng.randrange(4) == 0:
        return mutate.make(rng, zips(), ZIP_WORDS)
    for _ in range(rng.choice([1, 2, 4])):
        signature, size = rng.choice(
            [(b"PK\x01\x02", 46), (b"PK\x03\x04", 30), (b"PK\x05\x06", 22)]
        )
        places = [at for at in range(len(data)) if data.startswith(signature, at)]
        if places:
            at = rng.choice(places) + rng.randrange(4, size)
            width = rng.choice([1, 2, 4])
            value = rng.choice([0, 1, 8, 12, 14, 0xFFFF, 2**31, 2**32 - 1, rng.randrange(2**32)])
            data[at : at + width] = (value % 2 ** (8 * width)).to_bytes(width, "little")
    return bytes(data)


@functools.cache
def hierarchies() -> list[bytes]:
    """Files of hierarchies of two levels and of one, of few units and random weights."""
    from ssc_melody.encodings.profiles import find_profiles
    from ssc_melody.play.hierarchy_file import save_hierarchy
    from ssc_melody.specs import with_hparams
    from ssc_melody.specs.hrnn import hrnn_spec, levels_of
    from tests.networks import make_run

    profiles = find_profiles([[60, -2, -2, -2, 62, -2, 64, -2] * 4], 2, 2)
    found = []
    for layers in (1, 2):
        with tempfile.TemporaryDirectory() as folder:
            for level in levels_of(layers):
                spec = with_hparams(hrnn_spec(level, layers, profiles), "rnn_layer_sizes=[3]")
                make_run(Path(folder) / "run" / level, spec, config_json=True)
            save_hierarchy(Path(folder) / "run", Path(folder) / "a.hrnn")
            found.append((Path(folder) / "a.hrnn").read_bytes())
    return found


def make_hierarchy(rng: Random) -> bytes:
    """Returns a hierarchy of a changed member."""
    with zipfile.ZipFile(io.BytesIO(rng.choice(hierarchies()))) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = rng.choice([*members])
    words = [b"hrnn", b"bars", b"beats", b"notes", b"layers", b"profiles", b"2", b"[]", b"64" * 4]
    members[name] = mutate.make(rng, [members[name]], words)
    return _zip(members, zipfile.ZIP_STORED)


def make_mxl(rng: Random) -> bytes:
    """Returns a compressed score of changed members."""
    score = (TESTDATA / "scores" / "xml_07_cue_note.xml").read_bytes()
    container = (
        b'<?xml version="1.0"?><container><rootfiles>'
        b'<rootfile full-path="a.xml"/></rootfiles></container>'
    )
    members = {"META-INF/container.xml": container, "a.xml": score, "b.xml": score}
    name = rng.choice(sorted(members))
    members[name] = mutate.make(rng, [members[name]], ())
    if rng.randrange(100) == 0:
        members["a.xml"] = bytes(rng.choice([2**20, 2**24]))
    made = _zip(members, rng.choice([zipfile.ZIP_DEFLATED] * 6 + [zipfile.ZIP_LZMA]))
    return mutate.make(rng, [made], ZIP_WORDS) if rng.randrange(3) == 0 else made


@functools.cache
def npzs() -> list[bytes]:
    import tempfile

    from ssc_melody import pianoroll
    from ssc_melody.pianoroll.roll import roll_of

    roll = pianoroll.PianoRoll(roll_of([[(60, 0, 30), (62, 30, 90)], [(40, 5, 7)]]))
    with tempfile.TemporaryDirectory() as folder:
        pianoroll.save_npz(roll, Path(folder) / "a.npz", "x")
        return [(Path(folder) / "a.npz").read_bytes()]


def make_npz(rng: Random) -> bytes:
    def remake(rng: Random) -> bytes:
        with zipfile.ZipFile(io.BytesIO(npzs()[0])) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        for name in rng.sample(sorted(members), rng.choice([1, 1, 2])):
            members[name] = mutate.make(rng, [members[name]], (b"[", b"{", b"1e9", b"'<i8'"))
        return _zip(members)

    return _either(rng, npzs(), remake)
