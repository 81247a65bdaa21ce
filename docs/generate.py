"""Writes the tables of the documentation that the code says already; a test checks that it has.

    python -m docs.generate

A table stands between `<!-- generated: NAME -->` and `<!-- end -->`; TABLES makes each.
"""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from absl import flags

from ssc_melody.cli.flags import _HIDDEN as HIDDEN
from ssc_melody.cli.launch import COMMANDS, program
from ssc_melody.families import all_families
from ssc_melody.specs import SPECS, MelodySpec

ROOT = Path(__file__).resolve().parents[1]
PAGES = [path for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md") if path.is_file()]
PAGES += sorted((ROOT / "docs").glob("*.md"))
_TABLE = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Returns a table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _config(spec: MelodySpec) -> list[str]:
    return [
        f"`{spec.name}`",
        spec.encoding,
        f"{spec.min_note}-{spec.max_note - 1}",
        ", ".join(map(str, spec.rnn_layer_sizes)),
        str(spec.batch_size),
        str(spec.dropout_keep_prob),
        str(spec.clip_norm),
        str(spec.learning_rate),
        str(spec.attn_length or ""),
    ]


def configs() -> str:
    """Returns the configs of Melody RNN."""
    header = ["name", "encoding", "pitches", "layers", "batch", "dropout keep", "clip",
              "learning rate", "attention"]  # fmt: skip
    return table(header, [_config(spec) for spec in SPECS.values()])


def families() -> str:
    """Returns the families that play."""
    return table(
        ["family", "configs"],
        [
            [family.name, ", ".join(f"`{name}`" for name in family.specs)]
            for family in all_families()
        ],
    )


def _default(flag: flags.Flag) -> str:
    if flag.default in (None, "", []):
        return ""
    if flag.boolean:
        return "yes" if flag.default else "no"
    return f"`{flag.default}`"


def _sentence(text: str) -> str:
    for char, written in (("\n", " "), ("|", "\\|"), ("[", "\\["), ("<", "&lt;")):
        text = text.replace(char, written)
    return text


def commands() -> str:
    """Returns the flags of each command, a section for each."""
    sections = []
    for name, (module, purpose) in COMMANDS.items():
        values = importlib.import_module(f"ssc_melody.cli.{module}").define_flags()
        rows = [
            [f"`--{'[no]' * values[flag].boolean}{flag}`", _sentence(values[flag].help or ""),
             _default(values[flag])]
            for flag in sorted(set(values) - HIDDEN - {"help"})
        ]  # fmt: skip
        header = ["flag", "what it does", "default"]
        flag_table = f'<div class="flags" markdown>\n\n{table(header, rows)}\n</div>\n'
        sections.append(f"## {program(name)}\n\nIt {purpose}.\n\n{flag_table}")
    return "\n" + "\n".join(sections) + "\n"


_WHAT_FOR = {
    "train": "training (TensorFlow), learning curves",
    "magenta": "playing, exporting and running scripts with Magenta 2.1.4",
    "beam": "data sets on Apache Beam",
    "crc32c": "checksums of large checkpoints at the speed of the disk",
    "evaluate": "the Music Turing test (scikit-learn)",
    "live": "playing live on MIDI ports (rtmidi2)",
    "onnx": "exporting models to ONNX",
    "pictures": "piano rolls as PNG (Pillow)",
    "scores": "kern and MEI (music21); ABC and MusicXML need nothing",
    "studio": "the studio in the browser (Starlette, uvicorn)",
    "test": "running the tests",
    "docs": "building this documentation",
}


def extras() -> str:
    """Returns the extras of the package, in the order of pyproject.toml."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    section = text.split("[project.optional-dependencies]\n")[1].split("\n[")[0]
    names = re.findall(r"^(\w+) = \[", section, re.MULTILINE)
    rows = [[f'`pip install ".[{name}]"`', _WHAT_FOR[name]] for name in names]
    return table(["extra", "what it is for"], rows)


def _first_line(room: str) -> str:
    folder = ROOT / "ssc_melody" / room
    path = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
    doc = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(doc.split("\n\n")[0].split())


def rooms() -> str:
    """Returns the rooms of the package from the ground up, as tests/core/test_rooms.py has them."""
    tree = ast.parse((ROOT / "tests/core/test_rooms.py").read_text(encoding="utf-8"))
    floors = next(
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "FLOORS"
    )
    rows = [
        [str(floor), f"`{room}`", _sentence(_first_line(room))]
        for floor, names in enumerate(floors)
        for room in names
    ]
    return table(["floor", "room", "what it says of itself"], rows)


TABLES: dict[str, Callable[[], str]] = {
    "configs": configs,
    "families": families,
    "commands": commands,
    "extras": extras,
    "rooms": rooms,
}


def generated(text: str) -> str:
    """Returns a page with its tables as they are to be."""
    return _TABLE.sub(lambda found: found[1] + TABLES[found[2]]() + found[3], text)


def main() -> None:
    """Writes the pages that change."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        new = generated(text)
        if new != text:
            page.write_text(new, encoding="utf-8")
            print(f"Wrote {page.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
