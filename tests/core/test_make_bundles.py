"""The corpus and the model card, on small archives made up here."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from make_bundles import corpus, measures, model_card
from ssc_melody.dataset import events_file, similar
from ssc_melody.evaluation import markov
from ssc_melody.evaluation.melodies import MelodySet, View
from ssc_melody.evaluation.players import MarkovPlayer
from ssc_melody.formats import tfrecord
from tests.core.test_similar import events_of, tunes
from tests.midi_files import midi_bytes


def _midi(intervals: list[int]) -> bytes:
    pitches = [60, *(60 + int(n) for n in np.cumsum(intervals))]
    return midi_bytes({"": [(pitch, 4 * i, 4 * i + 4) for i, pitch in enumerate(pitches)]})


def _archive(path: Path, members: dict[str, list[int]]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, intervals in members.items():
            archive.writestr(name, _midi(intervals))


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A corpus of two archives, of which one has a folder that is not read."""
    benchmark, first, *others = tunes(42)
    _archive(tmp_path / "a.zip", {f"{i:02}.mid": tune for i, tune in enumerate(others)})
    _archive(
        tmp_path / "b.zip",
        {
            "in/benchmark.mid": [*first[:19], *benchmark[:12]],
            "in/first.mid": first,
            "out/first.mid": first,
        },
    )
    held_out = [events_file.header(4), np.array(events_of(benchmark), np.int8).tobytes()]
    (tmp_path / "held_out.events").write_bytes(b"".join(map(tfrecord.frame, held_out)))
    sources = (
        corpus.Source("a.zip", "Some", "CC0 1.0", "A. Somebody"),
        corpus.Source("b.zip", "Others", "public domain", "of $maintainers", "in"),
    )
    monkeypatch.setattr(corpus, "SOURCES", sources)
    monkeypatch.setattr(measures, "SOURCES", sources)
    monkeypatch.setattr(corpus, "BENCHMARK", tmp_path / "held_out.events")
    corpus.build(tmp_path, tmp_path / "corpus")
    return tmp_path / "corpus"


def test_the_corpus_of_two_archives(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = json.loads((made / "report.json").read_text())
    assert sum(report["melodies"].values()) == 41
    assert report["reasons"] == {"melodies_discarded_as_in_leave_out": 1}
    training = dict(corpus.rows(made, "training"))
    held_out = dict(corpus.rows(made, "eval"))
    assert training["b.zip/in/first.mid"] == 1
    assert not any("out/" in name or "benchmark" in name for name in training)
    assert len(held_out) == report["melodies"]["eval"] > 0
    pieces = json.loads((made / "eval_melodies.pieces.json").read_text())["pieces"]
    assert pieces == [list(row) for row in held_out.items()]
    stop = list(events_file.read_events(made / "stop_melodies.events"))
    assert stop == list(events_file.read_events(made / "eval_melodies.events"))[::3]
    before = (made / "report.json").read_bytes()
    monkeypatch.setattr(corpus, "run", pytest.fail)
    corpus.build(made.parent, made)  # what is there is not made again
    assert (made / "report.json").read_bytes() == before


def test_the_tables_of_the_card(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held_out = len(dict(corpus.rows(made, "eval")))
    rows = model_card.sources(made).splitlines()
    assert rows[3] == "| Others | 1 | 1 | 128 | 0 | 0 | 0 |"
    assert rows[4] == f"| together | {41 - held_out} | {41 - held_out} " + (
        f"| {128 * (41 - held_out):,} | {held_out} | {held_out} | {128 * held_out} |"
    )
    assert model_card.lost(made).splitlines()[2:] == [
        "| Some | 0 | 0 | 0 |",
        "| Others | 1 | 0 | 0 |",
        "| together | 1 | 0 | 0 |",
    ]
    monkeypatch.setattr(corpus, "maintainers", lambda data: "N. N. (Attribution 4.0)")
    assert model_card.credit_list(made).splitlines() == [
        "- `a.zip`, Some: A. Somebody. CC0 1.0.",
        "- `b.zip/in`, Others: of N. N. (Attribution 4.0). Public domain.",
    ]
    assert "--input=FOLDER/a.zip \\\n      FOLDER/b.zip/in \\\n" in model_card.commands()


def test_maintainers_who_ask_for_credit(tmp_path: Path) -> None:
    rows = [
        "file\tlicence\tmaintainer\tmutopia folder",
        "a.mid\tPublic Domain\tA\tx",
        "b.mid\tCreative Commons Attribution 4.0\tB\tx",
        "c.mid\tCreative Commons Attribution 4.0\tB\tx",
        "d.mid\tCreative Commons Attribution-ShareAlike 3.0\tA\tx",
    ]
    with zipfile.ZipFile(tmp_path / "mutopia_mozart_haydn.zip", "w") as archive:
        archive.writestr("LICENCES.tsv", "\n".join(rows))
    assert corpus.maintainers(tmp_path) == "A (Attribution-ShareAlike 3.0), B (Attribution 4.0)"


def test_every_source_says_who_and_under_what() -> None:
    archives = [source.archive for source in corpus.SOURCES]
    assert len(set(archives)) == len(archives) == 10
    assert all(source.credit and source.licence and source.text for source in corpus.SOURCES)
    assert {s.path for s in corpus.SOURCES if s.folder} == {
        "scores_of_scores.zip/new",
        "openewld.zip/world",
    }


def test_slope_and_end_of_a_run() -> None:
    falling = [{"step": 50 * i, "loss": 2.0 - 0.01 * i} for i in range(1, 10)]
    assert model_card.slope(falling) == pytest.approx(0.02)
    assert model_card.ended(falling) == "time over"
    flat = [*falling, *({"step": 500 + 50 * i, "loss": 3.0} for i in range(12))]
    assert model_card.ended(flat) == "stopped early"


def test_after_a_warm_start_what_was_trained_on_is_not_held_out(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = list(events_file.read_events(made / "eval_melodies.events"))
    one = [events_file.header(4), np.array(everything[0], np.int8).tobytes()]
    former = made / "former.events"
    former.write_bytes(b"".join(map(tfrecord.frame, one)))
    monkeypatch.setattr(measures, "FORMER_TRAINING", former)
    monkeypatch.setattr(measures, "BENCHMARK", corpus.BENCHMARK)
    cold, warm = measures.held_out(made, False), measures.held_out(made, True)
    assert cold.second.melodies == everything
    assert warm.second.melodies == everything[1:]
    assert len(warm.second.pieces) == len(everything) - 1
    assert len(cold.benchmark.melodies) == 1


def test_bits_by_source_of_a_uniform_player() -> None:
    """A chain that has seen nothing spends log2(38) bits on each of 38 events."""
    view = View(48, 84, None)
    chain = markov.fit([], 0, 48, 84)
    player = MarkovPlayer("", chain, view)
    events = events_of([1] * 20)
    found = MelodySet([events, events], ["mozart.zip/a.mid", "openewld.zip/world/b.mxl"])
    assert measures.of_source(found, "mozart.zip").pieces == ["mozart.zip/a.mid"]
    assert measures.bits(player, found).value == pytest.approx(np.log2(38))
    assert measures.told(measures.bits(player, found)).startswith("5.248 (5.248 to")
    assert len(similar.runs_of(events)) == 1
