"""The README against the code: its tables, its commands, its files, its example."""

import re

import pytest

from ssc_melody.specs import SPECS, MelodySpec
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text()


def _row(spec: MelodySpec) -> str:
    layers = ", ".join(map(str, spec.rnn_layer_sizes))
    attention = str(spec.attn_length) if spec.attn_length else ""
    cells = [
        f"`{spec.name}`",
        spec.encoding,
        f"{spec.min_note}-{spec.max_note - 1}",
        layers,
        spec.batch_size,
        spec.dropout_keep_prob,
        spec.clip_norm,
        spec.learning_rate,
        attention,
    ]
    return "| " + " | ".join(map(str, cells)).rstrip() + " |"


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_config_table_is_the_table_of_specs(spec: MelodySpec) -> None:
    assert _row(spec) in README


def test_commands_are_installed() -> None:
    project = (ROOT / "pyproject.toml").read_text()
    commands = set(re.findall(r"\bssc_melody_[a-z_]+\b", README))
    assert commands
    for command in commands:
        assert f"\n{command} = " in project, command


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in set(re.findall(r"`make ([a-z-]+)`", README)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
