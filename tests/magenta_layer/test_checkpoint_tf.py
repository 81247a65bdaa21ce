"""Our checkpoint readers and writer against TensorFlow's own, on fresh files and real bundles."""

import pathlib

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from ssc_melody.errors import BundleError
from ssc_melody.formats import bundle, checkpoint

BUNDLES = sorted((pathlib.Path(__file__).parents[2] / "testdata" / "bundles").glob("*.mag"))
VALUES = {
    "rnn/kernel": np.arange(64 * 300, dtype=np.float32).reshape(64, 300) / 7,
    "rnn/kernel/Adam": np.ones((3, 3), np.float32),
    "big": np.linspace(-1, 1, 200_000, dtype=np.float32),
    "double": np.linspace(0, 1, 11),
    "global_step": np.int64(-(2**40) - 5).reshape(()),
    "counts": np.array([[0, -1], [2**31 - 1, -(2**31)]], np.int32),
    "größe\tand more": np.float32(3).reshape(()),
}


def _save(prefix, version, values=None, **options):
    """Save variables with TensorFlow's Saver; return the path that it reports."""
    with tf.Graph().as_default(), tf.Session() as session:
        variables = {
            name: tf.get_variable(f"v{i}", initializer=value, use_resource=False)
            for i, (name, value) in enumerate((values or VALUES).items())
        }
        session.run(tf.global_variables_initializer())
        saver = tf.train.Saver(variables, write_version=version, **options)
        return saver.save(session, str(prefix), global_step=7)


def _assert_equal(found, expected):
    assert sorted(found) == sorted(expected)
    for name, array in expected.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def test_v1_file_of_tensorflow(tmp_path):
    path = _save(tmp_path / "model.ckpt", tf.train.SaverDef.V1)
    _assert_equal(checkpoint.read_checkpoint(path), VALUES)
    data = pathlib.Path(path).read_bytes()
    assert checkpoint.serialize_v1(checkpoint.parse_v1(data)) == data
    assert checkpoint.latest_checkpoint(tmp_path) == pathlib.Path(path)


@pytest.mark.parametrize("sharded", [False, True])
def test_v2_files_of_tensorflow(tmp_path, sharded):
    path = _save(tmp_path / "model.ckpt", tf.train.SaverDef.V2, sharded=sharded)
    _assert_equal(checkpoint.read_checkpoint(path), VALUES)
    _assert_equal(checkpoint.read_checkpoint(f"{path}.index"), VALUES)
    assert str(checkpoint.latest_checkpoint(tmp_path)) == tf.train.latest_checkpoint(tmp_path)
    wanted = checkpoint.read_v2(path, lambda name: not name.endswith("/Adam"))
    assert set(VALUES) - set(wanted) == {"rnn/kernel/Adam"}


@pytest.mark.parametrize("relative", [False, True])
def test_checkpoint_state_with_escapes(tmp_path, relative):
    folder = tmp_path / 'größe "1" \\ 2'
    folder.mkdir()
    path = _save(folder / "model.ckpt", tf.train.SaverDef.V2, save_relative_paths=relative)
    assert checkpoint.latest_checkpoint(folder) == pathlib.Path(path)


def test_partitioned_variable(tmp_path):
    with tf.Graph().as_default(), tf.Session() as session:
        part = tf.get_variable(
            "part", (7, 5), partitioner=tf.fixed_size_partitioner(3), use_resource=False
        )
        session.run(tf.global_variables_initializer())
        whole = session.run(tf.convert_to_tensor(part))
        old = tf.train.Saver(write_version=tf.train.SaverDef.V1)
        old = old.save(session, str(tmp_path / "old"))
        new = tf.train.Saver(write_version=tf.train.SaverDef.V2)
        new = new.save(session, str(tmp_path / "new"))
    np.testing.assert_array_equal(checkpoint.read_checkpoint(old)["part"], whole)
    with pytest.raises(BundleError, match="partitioned into 3 slices"):
        checkpoint.read_checkpoint(new)


def test_tensorflow_reads_our_v1_file(tmp_path):
    path = tmp_path / "ours.ckpt"
    path.write_bytes(checkpoint.serialize_v1(VALUES))
    reader = tf.train.load_checkpoint(str(path))
    _assert_equal({name: reader.get_tensor(name) for name in VALUES}, VALUES)
    with tf.Graph().as_default(), tf.Session() as session:
        variables = {
            name: tf.get_variable(f"v{i}", initializer=np.zeros_like(value), use_resource=False)
            for i, (name, value) in enumerate(VALUES.items())
        }
        tf.train.Saver(variables).restore(session, str(path))
        _assert_equal(session.run(variables), VALUES)


def test_bundles_as_tensorflow_reads_them(tmp_path):
    assert BUNDLES
    for number, path in enumerate(BUNDLES):
        ours = checkpoint.parse_v1(bundle.read_bundle(path).checkpoint)
        copy = tmp_path / str(number)
        copy.write_bytes(checkpoint.serialize_v1(ours))
        reader = tf.train.load_checkpoint(str(copy))
        assert sorted(reader.get_variable_to_shape_map()) == sorted(ours)
        _assert_equal(ours, {name: reader.get_tensor(name) for name in ours})
