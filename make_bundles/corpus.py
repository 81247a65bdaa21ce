"""The corpus: its sources, with who made them and under which licence, and how it is built.

The shipped held-out melodies (bundles/corpus_eval.events) stay the benchmark: whatever shares a run
of twelve intervals with them is not trained on. A second held-out set, EVAL_RATIO of the pieces,
shares none with the training set either. Neither set nor the archives are part of the repository.
"""

import csv
import dataclasses
import io
import json
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from ssc_melody.dataset import events_file, piece_list
from ssc_melody.evaluation import melodies
from ssc_melody.evaluation.copy_index import CopyIndex
from ssc_melody.files import write_bytes
from ssc_melody.formats import tfrecord
from ssc_melody.specs import SPECS

ROOT = Path(__file__).resolve().parents[1]
BENCHMARK = ROOT / "bundles" / "corpus_eval.events"
CONFIG, SEED, MAX_STEPS, EVAL_RATIO = "ssc_lookback_rnn", 7, 256, 0.05
STOP_EVERY = 3
"""Early stopping looks at every third melody of the second held-out set: an eval is short then."""


@dataclasses.dataclass(frozen=True)
class Source:
    """An archive that melodies come from.

    Attributes:
        archive: Its file; names of pieces begin with it.
        text: What it is, for the model card.
        licence: Under which terms, and who says so.
        credit: Who made it.
        folder: The only folder of it that is read, or "".
    """

    archive: str
    text: str
    licence: str
    credit: str
    folder: str = ""

    @property
    def path(self) -> str:
        """What `--input` is given, below the folder of the archives."""
        return f"{self.archive}/{self.folder}" if self.folder else self.archive


SOURCES = (
    Source("mozart.zip", "Mozart, piano", "CC BY-SA 3.0 DE", "Bernd Krueger, www.piano-midi.de"),
    Source(
        "classical.zip",
        "Schubert and Schumann, piano",
        "CC BY-SA 3.0 DE",
        "Bernd Krueger, www.piano-midi.de",
    ),
    Source(
        "openscore_quartets_violin1.zip",
        "String quartets, first violin",
        "CC0 1.0",
        "OpenScore String Quartets, github.com/OpenScore/StringQuartets",
    ),
    Source(
        "hauptstimme_melody.zip",
        "Main melodies of orchestral works",
        "scores CC0 1.0, annotations CC BY-SA",
        "Mark Gotham and the annotators of Hauptstimme, github.com/MarkGotham/Hauptstimme",
    ),
    Source(
        "mutopia_mozart_haydn.zip",
        "Mozart, Haydn, Schubert",
        "public domain, CC BY or CC BY-SA, by piece",
        "Mutopia Project, www.mutopiaproject.org: $maintainers",
    ),
    Source(
        "openscore_lieder.zip",
        "Songs of the 19th century",
        "CC0 1.0",
        "OpenScore Lieder Corpus, github.com/OpenScore/Lieder",
    ),
    Source(
        "scores_of_scores.zip",
        "Vocal lines of French and German songs",
        "CC0 1.0",
        "Leigh VanHandel, Mark Gotham and others, github.com/MarkGotham/ScoresOfScores",
        "new",
    ),
    Source(
        "open_hymnal.zip",
        "Hymns, soprano",
        "public domain, as each file states",
        "The Open Hymnal Project, openhymnal.org",
    ),
    Source(
        "openewld.zip",
        "Lead sheets, works in the public domain",
        "MIT",
        "OpenEWLD, Federico Simonetta, github.com/00sapo/OpenEWLD, of Wikifonia's users",
        "world",
    ),
    Source(
        "dance_tunes.zip",
        "Ryan's Mammoth Collection, O'Neill's, Aird's, Northumbrian Minstrelsy",
        "books in the public domain; music21 distributes the transcriptions with the permission of "
        "their encoders",
        "Ray Davies, Bob Puckette, John B. Walsh, John Chambers, Norbert Paap, Henrik Norbeck, Bob "
        "Safranek, Trish O'Neil, Dan G. Petersen, Michael Hogan, Stephen Foy, Tom Keays, Chris "
        "Falt, Jack Campin and others; the corpus of music21",
    ),
)


def build(data: Path, corpus: Path) -> None:
    """Makes the data set, the lists of its pieces and what early stopping looks at.

    Args:
        data: Folder of the archives.
        corpus: Folder for the data set; what is in it already is not made again.
    """
    if not (corpus / "report.json").exists():
        inputs = [str(data / source.path) for source in SOURCES]
        run(command(
            "create_dataset", f"--config={CONFIG}", f"--output_dir={corpus}", "--format=events",
            f"--eval_ratio={EVAL_RATIO}", f"--max_steps={MAX_STEPS}", f"--seed={SEED}",
            "--dedupe=similar", f"--leave_out={BENCHMARK}", f"--input={inputs[0]}", *inputs[1:],
        ))  # fmt: skip
    for split in ("eval", "training"):
        pieces = [name for name, count in rows(corpus, split) for _ in range(count)]
        piece_list.write(corpus / f"{split}_melodies.events", pieces)
    write_part(corpus / "eval_melodies.events", corpus / "stop_melodies.events")


def write_copies(corpus: Path, path: Path) -> None:
    """Writes what finds copies of the training set, as it is and as models in C hear it."""
    heard = melodies.view_of(SPECS[CONFIG])
    training = list(events_file.read_events(corpus / "training_melodies.events"))
    CopyIndex.of([*training, *map(heard.squash, training)]).write(path)


def command(module: str, *flags: str) -> list[str]:
    """Returns the command line of one of our commands."""
    return [sys.executable, "-m", f"ssc_melody.cli.{module}", *flags]


def run(args: Sequence[str]) -> None:
    """Runs a command and shows which."""
    print("$", " ".join(["ssc_melody_" + args[2].rsplit(".", 1)[1], *args[3:]]), flush=True)
    subprocess.run(args, check=True, cwd=ROOT)


def rows(corpus: Path, split: str) -> Iterator[tuple[str, int]]:
    """Yields the pieces of a set and how many melodies each gave."""
    for line in (corpus / "report_files.jsonl").read_text().splitlines():
        row = json.loads(line)
        if row.get("set") == split and row["melodies"]:
            yield row["file"], row["melodies"]


def write_part(path: Path, part: Path) -> None:
    """Writes every STOP_EVERY-th melody of a file of events to another."""
    kept = islice(events_file.read_events(path), 0, None, STOP_EVERY)
    frames = [events_file.header(4), *(np.array(events, np.int8).tobytes() for events in kept)]
    write_bytes(part, b"".join(map(tfrecord.frame, frames)))


def lost(corpus: Path) -> dict[str, Counter[str]]:
    """Returns, for each archive, how many melodies were left out for each reason."""
    found: dict[str, Counter[str]] = {source.archive: Counter() for source in SOURCES}
    for line in (corpus / "report_files.jsonl").read_text().splitlines():
        row = json.loads(line)
        archive = row["file"].split("/")[0]
        found.setdefault(archive, Counter()).update(row.get("reasons", {}))
    return found


def maintainers(data: Path) -> str:
    """Returns who typeset the pieces of Mutopia that ask for credit, each with their licence."""
    with zipfile.ZipFile(data / "mutopia_mozart_haydn.zip") as archive:
        text = archive.read("LICENCES.tsv").decode()
    asked = {
        (row["maintainer"], row["licence"].replace("Creative Commons ", ""))
        for row in csv.DictReader(io.StringIO(text), delimiter="\t")
        if row["licence"] != "Public Domain"
    }
    return ", ".join(f"{name} ({licence})" for name, licence in sorted(asked))
