"""ssc_melody_run: Magenta's scripts with our configs, their exit codes, and what it refuses."""

import subprocess
import sys

import pytest

from ssc_melody.cli import run
from ssc_melody.errors import OptionError, SscMelodyError
from ssc_melody.melody.melody import Melody
from tests.conftest import TESTDATA
from tests.magenta_layer import live

GENERATE = "magenta.models.melody_rnn.melody_rnn_generate"
BUNDLE = TESTDATA / "bundles" / "m2.1.4_tf2.9.1_basic_48-64-32_b16.mag"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Returns (exit code, output, errors) of real runs, side by side, and their folder."""
    folder = tmp_path_factory.mktemp("run")
    live.make_run_dir(folder / "run_dir", live.small_spec("ssc_basic_rnn"))
    (folder / "midi").mkdir()
    Melody([60, -2, 62, -1]).to_midi(folder / "midi" / "a.mid")
    commands = {
        "config": [
            GENERATE,
            "--config=ssc_basic_rnn",
            "--hparams=rnn_layer_sizes=[20],batch_size=1",
            f"--run_dir={folder / 'run_dir'}",
            f"--output_dir={folder / 'config'}",
            "--num_outputs=2",
        ],
        "core": [
            "--engine=core",
            "melody_rnn_generate",
            f"--bundle_file={BUNDLE}",
            f"--output_dir={folder / 'core'}",
            "--num_outputs=2",
        ],
        "convert": [
            "convert_dir_to_note_sequences",
            f"--input_dir={folder / 'midi'}",
            f"--output_file={folder / 'a.tfrecord'}",
        ],
    }
    started = {
        name: subprocess.Popen(
            [sys.executable, "-m", "ssc_melody.cli.run", *command],
            env=live.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name, command in commands.items()
    }
    ended = {name: process.communicate(timeout=180) for name, process in started.items()}
    return folder, {name: (started[name].returncode, *ended[name]) for name in commands}


@pytest.mark.parametrize("name", ["config", "core"])
def test_melodies_are_generated(runs, name):
    folder, results = runs
    code, _, errors = results[name]
    assert code == 0, errors
    assert len(list((folder / name).glob("*.mid"))) == 2
    assert ("Restoring parameters" in errors) == (name == "config")  # TensorFlow's saver
    assert errors.count("Wrote 2 MIDI files") == 1


def test_music_is_converted(runs):
    folder, results = runs
    assert results["convert"][0] == 0, results["convert"][2]
    (record,) = live.tf.io.tf_record_iterator(str(folder / "a.tfrecord"))
    sequence = live.music_pb2.NoteSequence.FromString(record)
    assert [note.pitch for note in sequence.notes] == [60, 62]


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Writes a module of the user's and makes it importable."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["x"])

    def write(text):
        (tmp_path / "my_script.py").write_text(text)
        return "my_script"

    return write


def test_sys_argv_is_put_back(module):
    argv = list(sys.argv)
    assert run.main(["x", module("import sys\nassert sys.argv[1:] == ['--a']"), "--a"]) == 0
    assert sys.argv == argv


def test_flags_and_exit_code_pass_through(module, tmp_path):
    name = module(
        "import pathlib, sys\n"
        "from magenta.models.melody_rnn import melody_rnn_model\n"
        "assert __name__ == '__main__'\n"
        "assert 'ssc_mono_rnn' in melody_rnn_model.default_configs\n"
        "pathlib.Path(sys.argv[1]).write_text(' '.join(sys.argv[2:]))\n"
        "sys.exit(7)\n"
    )
    with pytest.raises(SystemExit) as info:
        run.main(["x", name, str(tmp_path / "out"), "--help", "--engine=core", "-x"])
    assert info.value.code == 7
    assert (tmp_path / "out").read_text() == "--help --engine=core -x"
    assert run.main(["x", module("x = 1\n")]) == 0


def test_a_package_that_is_not_there(module, capsys):
    assert run.main(["x", module("import sonnet_of_old.nets\n")]) == 1
    assert "needs the package sonnet_of_old, which is not installed" in capsys.readouterr().err


def test_names():
    assert run.resolve("melody_rnn_train") == "magenta.models.melody_rnn.melody_rnn_train"
    assert run.resolve("magenta_midi") == "magenta.interfaces.midi.magenta_midi"
    assert run.resolve(GENERATE) == GENERATE
    assert run.resolve("json.tool") == "json.tool"
    for name, text in (
        ("melody_rnn_trian", r"did you mean melody_rnn_train\?"),
        (GENERATE[:-1], rf"did you mean {GENERATE}\?"),
        ("magenta.models.melody_rnn.melody_rnn_model", "is a module of Magenta, but not a script"),
        ("magenta.models", "no module 'magenta.models'"),
        ("zzzz.qqqq", "no module 'zzzz.qqqq'; for instance"),
        ("", "no module ''"),
        ("../x.py", "no module"),
    ):
        with pytest.raises(OptionError, match=text):
            run.resolve(name)


def test_mistakes_are_one_line(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "rtmidi", None)
    monkeypatch.setattr(run, "_NEWEST_RTMIDI", (4, 0))
    for argv, text in (
        ([], "which module?"),
        (["magenta_mide"], "did you mean magenta_midi?"),
        (["--engin=core", GENERATE], "did you mean --engine"),
        (["magenta_midi", "--list_ports"], "needs rtmidi: pip install python-rtmidi"),
    ):
        assert run.main(["ssc_melody_run", *argv]) == 1
        error = capsys.readouterr().err
        assert text in error
        assert error.count("\n") == 1
    monkeypatch.setattr(run, "_NEWEST_RTMIDI", (3, 9))
    assert run.main(["ssc_melody_run", "magenta_midi", "--list_ports"]) == 1
    assert "which has wheels for Python 3.10 to 3.12, and this is 3." in capsys.readouterr().err
    assert run.main(["ssc_melody_run", "--help"]) == 0
    assert "ssc_melody_run MODULE" in capsys.readouterr().out


def test_without_magenta(monkeypatch):
    monkeypatch.setattr(run.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SscMelodyError, match="make install"):
        run.resolve(GENERATE)
