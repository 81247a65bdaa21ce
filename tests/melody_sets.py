"""Data sets of made-up melodies for the tests of evaluation."""

from pathlib import Path

import numpy as np

from ssc_melody.dataset import events_file
from ssc_melody.formats import tfrecord


def write_events(path: Path, melodies: list[list[int]]) -> Path:
    """Writes a file of events."""
    rows = [np.array(events, dtype=np.int8).tobytes() for events in melodies]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(map(tfrecord.frame, [events_file.header(4), *rows])))
    return path


def tune(seed: int, bars: int) -> list[int]:
    """Makes a melody that walks up and down a scale and comes back to its first bar."""
    rng = np.random.default_rng(seed)
    scale = [60, 62, 64, 65, 67, 69, 71, 72]
    at, made = 3, []
    for _ in range(bars):
        if made and rng.random() < 0.3:
            made += made[:16]
            continue
        while len(made) % 16 or not made or len(made) == len(made) // 16 * 16:
            at = int(np.clip(at + rng.integers(-2, 3), 0, 7))
            length = min(int(rng.choice([1, 2, 2, 4])), 16 - len(made) % 16)
            made += [scale[at], *[-2] * (length - 1)]
            if len(made) % 16 == 0:
                break
    return made


def write_data_set(folder: Path, pieces: int = 6) -> Path:
    """Writes what create_dataset --format=events does: two melodies a piece in each set."""
    from ssc_melody.dataset import piece_list

    for start, split in ((0, "eval"), (1000, "training")):
        melodies = [tune(start + i, 9) for i in range(2 * pieces)]
        path = write_events(folder / f"{split}_melodies.events", melodies)
        piece_list.write(path, [f"{split}/{i // 2}.mid" for i in range(len(melodies))])
    return folder
