"""Which checkpoint is meant, of which format, and whether its numbers are any."""

import numpy as np
import pytest

from ssc_melody.errors import BundleError, FormatError
from ssc_melody.formats import checkpoint
from tests.checkpoints import RUN, TENSORS, same, v1, v2


def test_read_checkpoint_of_v1(tmp_path):
    path = tmp_path / "model.ckpt-3"
    path.write_bytes(v1())
    same(checkpoint.read_checkpoint(path), TENSORS)
    same(checkpoint.read_checkpoint(f"{path}.meta"), TENSORS)
    assert list(checkpoint.read_checkpoint(path, lambda name: name == "w")) == ["w"]


def test_read_checkpoint_names_what_it_found(tmp_path):
    with pytest.raises(BundleError, match=r"no checkpoint .*run"):
        checkpoint.read_checkpoint(tmp_path / "run")
    with pytest.raises(BundleError, match=r"is a folder; expected a checkpoint in it"):
        checkpoint.read_checkpoint(tmp_path)
    (tmp_path / "model.ckpt-100").write_bytes(b"MThd....")
    with pytest.raises(BundleError, match=r"or a V2 prefix, found a MIDI file"):
        checkpoint.read_checkpoint(tmp_path / "model.ckpt-100")
    with pytest.raises(BundleError, match=r"did you mean model\.ckpt-100\?"):
        checkpoint.read_checkpoint(tmp_path / "model.ckpt-200")
    (tmp_path / "model.ckpt-100").write_bytes(v1()[:-1])
    with pytest.raises(BundleError, match="found no checkpoint, or one cut short"):
        checkpoint.read_checkpoint(tmp_path / "model.ckpt-100")


@pytest.mark.parametrize(
    "line",
    [
        'model_checkpoint_path: "model.ckpt-5"',
        'model_checkpoint_path: "/gone/with/the/machine/model.ckpt-5"',
        r'model_checkpoint_path: "C:\\runs\\model.ckpt-5"',
        r'  model_checkpoint_path:"model.ckpt\0555"  ',
    ],
)
def test_latest_by_the_state_file(tmp_path, line):
    v2(tmp_path, RUN)
    v2(tmp_path, RUN, "model.ckpt-40")
    state = f'{line}\nall_model_checkpoint_paths: "model.ckpt-40"\n'
    (tmp_path / "checkpoint").write_text(state, encoding="utf-8")
    assert checkpoint.latest_checkpoint(tmp_path) == tmp_path / "model.ckpt-5"


def test_latest_by_an_absolute_path(tmp_path):
    elsewhere = v2(tmp_path / "größe", RUN)
    (tmp_path / "run").mkdir()
    octal = "".join(chr(b) if b < 128 else f"\\{b:03o}" for b in str(elsewhere).encode())
    (tmp_path / "run" / "checkpoint").write_text(f'model_checkpoint_path: "{octal}"')
    assert checkpoint.latest_checkpoint(tmp_path / "run") == elsewhere


def test_latest_by_the_step(tmp_path):
    for step in (5, 40, 100, 9):
        v2(tmp_path, RUN, f"model.ckpt-{step}")
    (tmp_path / "model.ckpt-1000.meta").touch()
    (tmp_path / "model.ckpt-x.index").touch()
    assert checkpoint.latest_checkpoint(tmp_path) == tmp_path / "model.ckpt-100"
    (tmp_path / "model.ckpt-101").write_bytes(v1())
    assert checkpoint.latest_checkpoint(str(tmp_path)) == tmp_path / "model.ckpt-101"


def test_latest_refused(tmp_path):
    with pytest.raises(BundleError, match=r"no folder .*nowhere; expected a training run"):
        checkpoint.latest_checkpoint(tmp_path / "nowhere")
    with pytest.raises(BundleError, match=r"no checkpoint in .*; train first with"):
        checkpoint.latest_checkpoint(tmp_path)
    (tmp_path / "checkpoint").write_text('model_checkpoint_path: "model.ckpt-7"')
    with pytest.raises(BundleError, match=r"names model\.ckpt-7, which is not there; found none"):
        checkpoint.latest_checkpoint(tmp_path)
    v2(tmp_path, RUN)
    with pytest.raises(BundleError, match=r"found model\.ckpt-5$"):
        checkpoint.latest_checkpoint(tmp_path)
    for text in (b"", b"\xff\x00", b"model_checkpoint_path: model.ckpt-5", b"MThd"):
        (tmp_path / "checkpoint").write_bytes(text)
        with pytest.raises(BundleError, match="expected a line model_checkpoint_path"):
            checkpoint.latest_checkpoint(tmp_path)
    for text in (rb'model_checkpoint_path: "\8\777\0"', b'model_checkpoint_path: "\xff"'):
        (tmp_path / "checkpoint").write_bytes(text)
        with pytest.raises(BundleError, match="which is not there"):
            checkpoint.latest_checkpoint(tmp_path)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_check_finite(bad):
    weights = {"good": np.ones(3, np.int32), "w": np.array([1, bad, 2, bad], np.float32)}
    with pytest.raises(FormatError, match=r"variable 'w': 2 of 4 numbers are NaN, infinite"):
        checkpoint.check_finite(weights)
    del weights["w"]
    checkpoint.check_finite(weights)
