"""What is public: every name is there, says what it is, and costs nothing until it is used."""

import inspect
import subprocess
import sys
import types

import pytest

import ssc_melody
from tests.conftest import ROOT

VERBS = {"create_dataset", "train", "evaluate", "export_bundle", "load"}
OF_THE_NOTEBOOK = {"read_midi", "shipped_bundle", "timeline", "draw", "to_svg", "to_png", "to_wav"}


@pytest.mark.parametrize("name", ssc_melody.__all__)
def test_every_name_is_there_and_documented(name: str) -> None:
    found = getattr(ssc_melody, name)
    if isinstance(found, dict):
        return
    text = inspect.getdoc(found)
    assert text
    assert text[0].isupper()
    if isinstance(found, types.FunctionType):
        for parameter in inspect.signature(found).parameters:
            assert f"{parameter}: " in text, parameter


def test_the_list_is_sorted_complete_and_what_dir_shows() -> None:
    assert list(ssc_melody.__all__) == sorted(ssc_melody.__all__, key=_order)
    assert set(ssc_melody.__all__) >= VERBS | OF_THE_NOTEBOOK
    assert set(dir(ssc_melody)) == {*ssc_melody.__all__, "__version__"}


def _order(name: str) -> tuple[int, str]:
    """Constants, classes, the rest, as ruff sorts them."""
    kind = 0 if name.isupper() else 1 if name[0].isupper() else 2
    return kind, name


def test_another_name_is_refused() -> None:
    with pytest.raises(AttributeError, match="'ssc_melody' has no attribute 'trane'"):
        ssc_melody.trane  # noqa: B018


def test_verbs_and_options_load_nothing_heavy() -> None:
    code = f"""
import sys, ssc_melody
for name in {sorted(set(ssc_melody.__all__) - {"configs"})!r}:
    getattr(ssc_melody, name)
heavy = {{"tensorflow", "magenta", "note_seq", "sklearn", "matplotlib", "PIL", "apache_beam"}}
print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
