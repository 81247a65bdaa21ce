"""Flags: how they are parsed, what is said of wrong ones, how the library's words become them."""

import pytest
from absl import flags

from ssc_melody.cli import (
    console,
    create_dataset,
    evaluate,
    generate,
    inspect_bundle,
    mixtape,
    render,
    run,
    train,
)
from ssc_melody.cli import convert_dir_to_note_sequences as convert
from ssc_melody.cli.flags import Flags, meant, parse
from ssc_melody.errors import BundleError, DataError, OptionError, SpecError

COMMANDS = [
    convert, create_dataset, evaluate, generate, inspect_bundle, mixtape, render, run, train,
]  # fmt: skip


@pytest.fixture
def values() -> flags.FlagValues:
    flag = Flags()
    flag.integer("num_steps", 128, "Steps.", least=1, most=999)
    flag.integer("seed", None, "Seed.")
    flag.real("temperature", 1.0, "Of sampling.")
    flag.choice("timing", None, ("symbolic", "absolute"), "Time.")
    flag.boolean("turing", True, "Ask.")
    flag.string("eval_file", None, "File.")
    flag.string("hparams", "", "Pairs.")
    flag.string("qpm", None, "Tempo.")
    flag.string("output_dir", None, "Folder.")
    return flag.values


@pytest.mark.parametrize("text", ["128", "128.0", "1.28e2", " 128 "])
def test_whole_numbers_as_they_are_written(values: flags.FlagValues, text: str) -> None:
    assert parse(values, ["x", f"--num_steps={text}", "--seed=-3"]) == []
    assert (values.num_steps, type(values.num_steps), values.seed) == (128, int, -3)


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("--num_steps=1.5", "num_steps: expected a whole number, got 1.5"),
        ("--num_steps=many", "num_steps: expected a whole number, got 'many'"),
        ("--num_steps=", "num_steps: expected a whole number, got ''"),
        ("--num_steps=0", "num_steps: expected 1 to 999, got 0"),
        ("--temperature=hot", "temperature: expected a number, got 'hot'"),
        ("--timing=beats", "timing: expected one of symbolic, absolute, got 'beats'"),
        ("--turing=maybe", "turing: expected true or false, got 'maybe'"),
    ],
)
def test_values_that_do_not_fit(values: flags.FlagValues, flag: str, message: str) -> None:
    with pytest.raises(OptionError) as caught:
        parse(values, ["x", flag])
    assert str(caught.value) == message
    assert console.message(caught.value, values) == f"--{message}"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("tempo", " (did you mean --qpm?)"),
        ("out_dir", " (did you mean --output_dir?)"),
        ("steps", " (did you mean --num_steps?)"),
        ("batch_size", " (did you mean --hparams=batch_size=VALUE?)"),
        ("temprature", " (did you mean --temperature?)"),
        ("xyzzy", ""),
    ],
)
def test_the_flag_that_was_meant(values: flags.FlagValues, name: str, hint: str) -> None:
    assert meant(name, values) == hint
    with pytest.raises(OptionError) as caught:
        parse(values, ["x", f"--{name}=3"])
    assert str(caught.value) == f"no flag '--{name}'{hint}"


@pytest.mark.parametrize(
    ("module", "name", "hint"),
    [
        (generate, "tempo", "--qpm"),
        (generate, "out_dir", "--output_dir"),
        (generate, "steps", "--num_steps or --steps_per_chord"),
        (train, "steps", "--num_training_steps"),
        (train, "learning_rate", "--hparams=learning_rate=VALUE"),
        (create_dataset, "out_dir", "--output_dir"),
        (convert, "out", "--output_file"),
    ],
)
def test_flags_of_commands_that_were_meant(module: object, name: str, hint: str) -> None:
    found = meant(name, module.define_flags())  # type: ignore[attr-defined]
    assert found == f" (did you mean {hint}?)"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("leave out `eval_data`", "leave out --eval_file"),
        ("a smaller `num_steps=16`", "a smaller --num_steps=16"),
        ("or `turing=False`", "or --noturing"),
        ("set `turing=True`", "set --turing"),
        ("`hparams=rnn_layer_sizes=[8,6]` it is", "--hparams=rnn_layer_sizes=[8,6] it is"),
        ("no `flag` of ours", "no `flag` of ours"),
    ],
)
def test_words_of_the_library_become_flags(
    values: flags.FlagValues, text: str, expected: str
) -> None:
    assert console.as_flags(text, values, {"eval_data": "eval_file"}) == expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OptionError("num_steps: expected 1"), "--num_steps: expected 1"),
        (SpecError("hparams: no hyperparameter 'x'"), "--hparams: no hyperparameter 'x'"),
        (DataError("eval_data: no file"), "--eval_file: no file"),
        (OptionError("layers: expected 1"), "layers: expected 1"),
        (BundleError("seed: is a folder"), "seed: is a folder"),  # a file of that name
        (OptionError("two\nlines"), "two lines"),
    ],
)
def test_messages(values: flags.FlagValues, error: Exception, expected: str) -> None:
    assert console.message(error, values, {"eval_data": "eval_file"}) == expected


@pytest.mark.parametrize("module", COMMANDS, ids=lambda module: module.__name__)
def test_every_command_has_a_version(module: object, capsys: pytest.CaptureFixture[str]) -> None:
    from ssc_melody import __version__

    assert module.main(["x", "--version"]) == 0  # type: ignore[attr-defined]
    assert capsys.readouterr() == (f"ssc_melody {__version__}\n", "")


def test_defaults_in_the_help_are_those_of_the_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert create_dataset.main(["x", "--help"]) == 0
    out = capsys.readouterr().out
    assert "--min_bars: Bars a melody has at least (7)." in out
    assert "at once" not in out
    assert "(NoteSequences: truncate, music files: split)." in out


@pytest.mark.parametrize("name", ["e" * 1000, "(" * 1000, "s\udcff" * 500, "[60, -20]" * 100])
def test_endless_names_are_refused_before_they_are_compared(
    values: flags.FlagValues, name: str
) -> None:
    """The comparison takes a second and 100 MB for a thousand letters."""
    with pytest.raises(OptionError) as caught:
        parse(values, ["x", f"--{name}=3"])
    assert str(caught.value) == f"no flag {'--' + name[:38]!r}... of {len(name) + 2} letters"


def test_a_long_value_may_begin_with_a_dash(values: flags.FlagValues) -> None:
    events = "-2," * 40 + "60"
    assert parse(values, ["x", "--eval_file", events]) == []
    assert values.eval_file == events


def test_a_flag_that_is_a_value_wants_none_itself(values: flags.FlagValues) -> None:
    with pytest.raises(OptionError, match=r"of 1002 letters$"):
        parse(values, ["x", "--eval_file", "--seed", "--" + "(" * 1000])
