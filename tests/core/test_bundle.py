"""Bundles: their bytes, real ones, wrong files and what the message says; also files and protos."""

import dataclasses
import os
import pathlib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssc_melody import files
from ssc_melody.errors import BundleError, FormatError, SscMelodyError
from ssc_melody.formats import protos
from ssc_melody.formats.bundle import (
    Bundle,
    parse_bundle,
    read_bundle,
    serialize_bundle,
    write_bundle,
)
from ssc_melody.formats.checkpoint import serialize_v1

BUNDLES = sorted((pathlib.Path(__file__).parents[2] / "testdata" / "bundles").glob("*.mag"))
SMALL = Bundle("basic_rnn", "d", "b", b"CK", b"MG", "x")
SMALL_BYTES = bytes.fromhex(
    """
    0a 0e
      0a 09 62 61 73 69 63 5f 72 6e 6e
      12 01 64
    12 02 43 4b
    1a 02 4d 47
    22 03
      0a 01 62
    """
)  # 1 generator details (1 id, 2 description), 2 checkpoint, 3 metagraph, 4 details (1 description)


def test_bundle_byte_by_byte():
    assert serialize_bundle(SMALL) == SMALL_BYTES
    assert parse_bundle(SMALL_BYTES, "x") == SMALL


def test_optional_parts():
    plain = dataclasses.replace(SMALL, generator_description="", bundle_description="")
    assert serialize_bundle(plain) == b"\x0a\x0b" + SMALL_BYTES[2:13] + SMALL_BYTES[16:24]
    assert parse_bundle(serialize_bundle(plain), "x") == plain


def test_unknown_fields_do_no_harm():
    assert parse_bundle(SMALL_BYTES + b"\x7a\x02hi", "x") == SMALL


@given(
    st.text(st.characters(codec="utf-8"), min_size=1),
    st.text(st.characters(codec="utf-8")),
    st.text(st.characters(codec="utf-8")),
    st.binary(min_size=1),
    st.binary(min_size=1),
)
@settings(max_examples=50, deadline=None)
def test_round_trip(name, description, words, weights, graph):
    bundle = Bundle(name, description, words, weights, graph, "x")
    assert parse_bundle(serialize_bundle(bundle), "x") == bundle


@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: path.stem)
def test_real_bundles(path, tmp_path):
    bundle = read_bundle(path)
    assert bundle.source == str(path)
    if path.name.startswith("x"):
        assert (bundle.generator_id, bundle.bundle_description != "") == ("my_basic", True)
    else:
        config = path.name.split("_")[2]
        assert bundle.generator_id == f"{config}_rnn"
    write_bundle(tmp_path / "copy.mag", bundle)
    assert (tmp_path / "copy.mag").read_bytes() == path.read_bytes()


def test_there_are_bundles():
    assert len(BUNDLES) > 20


TAGS = {1: SMALL_BYTES[:16], 2: SMALL_BYTES[16:20], 3: SMALL_BYTES[20:24]}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "^x is empty; expected a bundle"),
        (b"MThd\0\0\0\6", "^x: expected a bundle .*, found a MIDI file$"),
        (b"PK\3\4....", "found a zip archive"),
        (b"\x1f\x8b\x08", "found a gzip archive"),
        (b"\n\n<!DOCTYPE html><html>", r"found a web page \(saved in place of the file\?\)"),
        (b"\xef\xbb\xbf<HTML>", "found a web page"),
        (b'{"a": 1}', "found a JSON file"),
        (b"version https://git-lfs.github.com/spec/v1\n", "found a Git LFS pointer"),
        (b'model_checkpoint_path: "m"', "found a TensorFlow checkpoint state"),
        (serialize_v1({}), "found a TensorFlow checkpoint"),
        (b"X:1\nT:Tune\n", "found an ABC tune"),
        (b"\x08\x01", "found something else, or a damaged one, of 2 bytes"),
        (b"Hello, world", "found something else"),
        (TAGS[1] + TAGS[2], "a bundle without metagraph"),
        (TAGS[1] + TAGS[3], "a bundle without checkpoint"),
        (TAGS[1], "a bundle without checkpoint and metagraph"),
        (TAGS[2] + TAGS[3], "a bundle without generator id"),
        (TAGS[1] + TAGS[2] * 2 + TAGS[3], "expected 1 checkpoint file, found 2"),
        (SMALL_BYTES[:19], "cut short: checkpoint_file at byte 16 needs 2 bytes, 1 are left"),
        (SMALL_BYTES[:5], "cut short: generator_details at byte 0 needs 14 bytes, 3 are left"),
        (b"\x0a\x03\x0a\x01\xff" + TAGS[2] + TAGS[3], "or a damaged one"),  # id not in UTF-8
    ],
)
def test_not_a_bundle(data, message, tmp_path):
    with pytest.raises(BundleError, match=message):
        parse_bundle(data, "x")
    (tmp_path / "x.mag").write_bytes(data)
    with pytest.raises(BundleError) as caught:
        read_bundle(tmp_path / "x.mag")
    assert "\n" not in str(caught.value)


def test_any_bytes():
    rng = random.Random(2)
    for number in range(4000):
        data = bytearray(SMALL_BYTES)
        if number % 2:
            data = bytearray(rng.randbytes(rng.randrange(1, 40)))
        for _ in range(rng.randrange(4)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        try:
            bundle = parse_bundle(bytes(data), "x")
        except BundleError:
            continue
        assert bundle.generator_id
        assert bundle.checkpoint
        assert bundle.metagraph


def test_no_such_file(tmp_path):
    (tmp_path / "attention_rnn.mag").write_bytes(SMALL_BYTES)
    (tmp_path / "other.txt").touch()
    with pytest.raises(BundleError, match=r"no such file: .*; did you mean attention_rnn\.mag\?$"):
        read_bundle(tmp_path / "atention_rnn.mag")
    with pytest.raises(BundleError, match=r"no such file: .*zzz$"):
        read_bundle(tmp_path / "zzz")
    with pytest.raises(BundleError, match=r"no such file: .*; there is no folder .*nowhere either"):
        read_bundle(tmp_path / "nowhere" / "x.mag")
    with pytest.raises(BundleError, match=r"is a folder; .*use `run_dir`"):
        read_bundle(tmp_path)
    with pytest.raises(BundleError, match="cannot read"):
        read_bundle(tmp_path / "attention_rnn.mag" / "x.mag")
    with pytest.raises(BundleError, match=r"cannot read|no such file"):
        read_bundle(tmp_path / "zero\0byte")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "x.mag")
    with pytest.raises(BundleError, match=r"x\.mag is a device or a pipe; expected a file"):
        read_bundle(tmp_path / "x.mag")


def test_too_large(tmp_path):
    path = tmp_path / "x.mag"
    with path.open("wb") as file:
        file.truncate(files.MAX_BYTES + 1)  # a sparse file; nothing is written
    with pytest.raises(BundleError, match="has 536870913 bytes; expected at most 536870912"):
        read_bundle(path)


def test_text_that_is_no_utf8(tmp_path):
    bundle = dataclasses.replace(SMALL, generator_id="\udc80")
    with pytest.raises(BundleError, match="in UTF-8"):
        write_bundle(tmp_path / "x.mag", bundle)
    assert not list(tmp_path.iterdir())


# ---- files


def test_write_bytes(tmp_path):
    path = tmp_path / "new" / "folders" / "x.bin"
    files.write_bytes(path, b"1")
    files.write_bytes(str(path), b"22")
    assert path.read_bytes() == b"22"
    assert os.listdir(path.parent) == ["x.bin"]
    if os.name == "posix":
        plain = tmp_path / "plain"
        plain.touch()
        assert path.stat().st_mode == plain.stat().st_mode


def test_write_bytes_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SscMelodyError, match=r"cannot write .*file/x: "):
        files.write_bytes(tmp_path / "file" / "x", b"")
    (tmp_path / "folder").mkdir()
    with pytest.raises(SscMelodyError, match=r"cannot write .*folder: "):
        files.write_bytes(tmp_path / "folder", b"")
    with pytest.raises(SscMelodyError, match=r"cannot write"):
        files.write_bytes(tmp_path / "zero\0byte", b"")
    assert sorted(os.listdir(tmp_path)) == ["file", "folder"]


# ---- protos


def test_messages_keep_to_themselves():
    names = {cls.DESCRIPTOR.full_name for cls in protos._CLASSES.values()}
    assert {name.rpartition(".")[0] for name in names} == {"ssc_melody.wire"}
    from google.protobuf import descriptor_pool

    with pytest.raises(KeyError):
        descriptor_pool.Default().FindMessageTypeByName("ssc_melody.wire.GeneratorBundle")


def test_parse_names_what():
    with pytest.raises(FormatError, match=r"^expected a MetaGraphDef message, found 2 bytes"):
        protos.parse(protos.MetaGraphDef, b"\xff\xff")


@pytest.mark.parametrize("data", [b"\x7b" * 100_000, b"\x7b" * 50 + b"\x7c" * 50, b"\x0a" * 999])
def test_nested_nonsense(data):
    with pytest.raises(BundleError):
        parse_bundle(data, "x")


def test_unknown_fields_are_written_back():
    data = b"\x0a\x03\x0a\x01a\x7a\x02hi"
    message = protos.parse(protos._CLASSES["GraphDef"], data)
    assert message.node[0].name == "a"
    assert message.SerializeToString() == data


def test_a_stored_zero_differs_from_none():
    assert protos.parse(protos._CLASSES["AttrValue"], b"\x28\x00").WhichOneof("value") == "b"
    assert protos.parse(protos._CLASSES["AttrValue"], b"").WhichOneof("value") is None


def test_metagraphs_are_written_back():
    for path in BUNDLES[::6]:
        graph = read_bundle(path).metagraph
        message = protos.parse(protos.MetaGraphDef, graph)
        keys = {entry.key for entry in message.collection_def}
        assert {"inputs", "softmax", "initial_state", "final_state"} <= keys
        assert {node.op for node in message.graph_def.node} >= {"Placeholder", "MatMul", "Const"}
        assert len(message.SerializeToString()) == len(graph)
