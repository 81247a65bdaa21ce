"""ABC tune books: notes against abc2midi's, and time against music21.

    python -m benchmarks.bench_scores [--timed=50] [BOOKS ...]

BOOKS are folders or zips of ABC files; without any, those in music21's package are read. Prints a
table: tunes, how many of them abc2midi plays otherwise (repeats and ornaments, which it plays, are
taken out for both), how many of those it plays wrongly (tests/abc_reference.py says why), and the
processor time a tune of both readers, music21's from so many tunes, drawn at random.
"""

import argparse
import importlib.util
import random
import time
import warnings
import zipfile
from collections.abc import Iterable
from pathlib import Path

from benchmarks.measure import print_table
from ssc_melody.scores.abc_notation import read_abc
from tests.abc_reference import MISSING, PROGRAM, WRONG, compare, tunes_of

CORPUS_BOOKS = ("ryansMammoth", "oneills1850", "airdsAirs", "essenFolksong")
HEADER = ("book", "tunes", "not as abc2midi", "abc2midi wrong", "ours, ms", "music21, ms", "ratio")
SEED = 10


def corpus_books() -> list[Path]:
    """Returns the folders of ABC files in music21's package."""
    music21 = importlib.util.find_spec("music21")
    if not music21 or not music21.origin:
        raise SystemExit("music21 is not installed: pip install music21, or name books")
    return [Path(music21.origin).parent / "corpus" / book for book in CORPUS_BOOKS]


def files_of(path: Path) -> Iterable[tuple[str, bytes]]:
    """Yields the names and contents of the ABC files of a folder or a zip."""
    if path.is_dir():
        for file in sorted(path.rglob("*.abc*")):
            yield file.name, file.read_bytes()
        return
    with zipfile.ZipFile(path) as archive:
        for name in sorted(archive.namelist()):
            if ".abc" in name:
                yield Path(name).name, archive.read(name)


def seconds_of_music21(tunes: list[str]) -> float:
    """Returns the processor time a tune that music21 takes."""
    from music21 import converter

    converter.parseData(tunes[0], format="abc")  # imports what it needs
    start = time.process_time()
    for tune in tunes:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                converter.parseData(tune, format="abc")
        except Exception:  # it raises what it likes
            continue
    return (time.process_time() - start) / len(tunes)


def seconds_of_ours(files: list[tuple[str, bytes]]) -> float:
    """Returns the processor time a tune that ours takes."""
    start = time.process_time()
    tunes = sum(len(part) for name, data in files for part in read_abc(data, name))
    return (time.process_time() - start) / tunes


def row(path: Path, timed: int) -> list[str]:
    """Measures a book."""
    files = list(files_of(path))
    tunes = [tune for name, data in files for tune in tunes_of(data, name)]
    other = [tune.name for tune in (compare(*tune) for tune in tunes) if tune.differences]
    for name in other:
        print(f"{name}: {WRONG.get(name, 'WRONG')}", flush=True)
    sample = random.Random(SEED).sample(tunes, min(timed, len(tunes)))
    ours = seconds_of_ours(files)
    theirs = seconds_of_music21([text for _, text in sample])
    return [
        path.stem,
        f"{len(tunes):,}",
        str(len(other)),
        str(len([name for name in other if name in WRONG])),
        f"{1000 * ours:.2f}",
        f"{1000 * theirs:.1f}",
        f"{theirs / ours:.0f}",
    ]


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("books", nargs="*", type=Path)
    parser.add_argument("--timed", type=int, default=50)
    args = parser.parse_args()
    if not PROGRAM:
        raise SystemExit(MISSING)
    rows = [row(path, args.timed) for path in args.books or corpus_books()]
    print_table("ABC tune books", HEADER, rows)


if __name__ == "__main__":
    main()
