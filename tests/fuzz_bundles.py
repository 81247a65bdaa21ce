"""Damages bundles at random and keeps what is answered by anything else than it should be.

    .venv/bin/python -m tests.fuzz_bundles SECONDS [SEED]

A find is written to fuzz_finds/; mend it and add how it is made to FINDS in
tests/core/test_hostile.py, which plays it for ever.
Three kinds of damage: bytes of the file, bytes of the metagraph, and tensors of other shapes and
values behind valid checksums. After the first two a bundle must be refused with a BundleError, or
play as before; after the last one, refused, or play. Left out: bundles of a fixed temperature,
which is a number that nothing guards.
"""

import dataclasses
import hashlib
import random
import sys
import time
import traceback

import numpy as np

from ssc_melody.errors import BundleError
from ssc_melody.formats.bundle import Bundle, parse_bundle, read_bundle, serialize_bundle
from ssc_melody.formats.checkpoint import parse_v1, serialize_v1
from ssc_melody.play.loading import model_of_bundle
from tests.conftest import ROOT, TESTDATA

FINDS = ROOT / "fuzz_finds"
SLOW_SECONDS = 2.0


def _damage_bytes(data: bytes, rng: random.Random) -> bytes:
    content = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 5, 20])):
        at = rng.randrange(len(content))
        kind = rng.randrange(4)
        if kind == 0:
            content[at] = rng.randrange(256)
        elif kind == 1:
            content[at] ^= 1 << rng.randrange(8)
        elif kind == 2:
            del content[at : at + rng.choice([1, 2, 8, 100])]
        else:
            content[at:at] = rng.choice([b"\xff" * 9, b"\x00" * 4, rng.randbytes(8)])
        if not content:
            return b""
    return bytes(content)


def _damage_tensors(bundle: Bundle, rng: random.Random) -> Bundle:
    tensors = dict(parse_v1(bundle.checkpoint))
    name = rng.choice(sorted(tensors))
    array = tensors[name]
    kind = rng.randrange(5)
    if kind == 0:
        del tensors[name]
    elif kind == 1:
        tensors[name] = array.reshape(-1)[: rng.randrange(1, array.size + 1)]
    elif kind == 2:
        shape = list(array.shape)
        axis = rng.randrange(len(shape))
        shape[axis] = max(1, shape[axis] + rng.choice([-4, -1, 1, 4]))
        tensors[name] = np.resize(array, shape)
    elif kind == 3:
        tensors[name] = np.full_like(array, rng.choice([np.nan, np.inf, 1e38, -1e38]))
    else:
        tensors[name + rng.choice(["_1", "/Adam", "x"])] = tensors.pop(name)
    return dataclasses.replace(bundle, checkpoint=serialize_v1(tensors))


def _damaged(bundle: Bundle, rng: random.Random) -> tuple[bytes, bool]:
    """Returns a damaged file, and whether it may play something else than before."""
    kind = rng.randrange(3)
    if kind == 0:
        return _damage_bytes(serialize_bundle(bundle), rng), False
    if kind == 1:
        metagraph = _damage_bytes(bundle.metagraph, rng)
        return serialize_bundle(dataclasses.replace(bundle, metagraph=metagraph)), False
    return serialize_bundle(_damage_tensors(bundle, rng)), True


def _events(data: bytes) -> list[int]:
    model = model_of_bundle(parse_bundle(data, "x.mag"), "basic_rnn")
    return model.generate(1, 16, seed=1)[0].events


def _play(data: bytes, expected: list[int] | None) -> str:
    """Loads and plays a little; returns what went wrong, or ''."""
    start = time.monotonic()
    try:
        events = _events(data)
        if len(events) != 16 or not all(-2 <= event <= 127 for event in events):
            return f"played {events}"
        if expected is not None and events != expected:
            return f"played {events}, expected {expected}"
    except BundleError:
        pass
    except Exception:
        return traceback.format_exc()
    seconds = time.monotonic() - start
    return f"took {seconds:.1f} s" if seconds > SLOW_SECONDS else ""


def main() -> None:
    seconds = float(sys.argv[1])
    rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else None)
    paths = sorted((TESTDATA / "bundles").glob("*.mag"))
    bundles = [read_bundle(path) for path in paths if not path.name.startswith("m0.1.1_")]
    whole = {bundle.source: _events(serialize_bundle(bundle)) for bundle in bundles}
    end, tried, found = time.monotonic() + seconds, 0, 0
    while time.monotonic() < end:
        bundle = rng.choice(bundles)
        data, may_differ = _damaged(bundle, rng)
        problem = _play(data, None if may_differ else whole[bundle.source])
        tried += 1
        if problem:
            found += 1
            FINDS.mkdir(exist_ok=True)
            name = hashlib.sha256(data).hexdigest()[:12]
            (FINDS / f"{name}.mag").write_bytes(data)
            print(f"{name}: {problem}")
    print(f"{tried} damaged bundles tried, {found} finds")
    sys.exit(found > 0)


if __name__ == "__main__":
    main()
