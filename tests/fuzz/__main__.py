"""python -m tests.fuzz [READER ...] [--inputs=N] [--seconds=S] [--seed=N]; without readers: all."""

import argparse
import sys

from tests.fuzz.readers import READERS
from tests.fuzz.run import fuzz, keep


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("readers", nargs="*", metavar="READER", help=", ".join(READERS))
    parser.add_argument("--inputs", type=int, default=10_000, help="per reader (10,000)")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="per reader")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    if unknown := [name for name in given.readers if name not in READERS]:
        parser.error(f"no reader {unknown[0]}; there are {', '.join(READERS)}")
    found = 0
    for name in given.readers or READERS:
        outcome = fuzz(name, given.seed, given.inputs, given.seconds)
        paths = keep(outcome, given.seed)
        rate = outcome.inputs / max(outcome.seconds, 1e-9)
        print(
            f"{name}: {outcome.inputs:,} inputs, {outcome.seconds:.0f} s ({rate:.0f} per second), "
            f"{len(paths)} finds",
            flush=True,
        )
        for path, problem in zip(paths, outcome.finds.values(), strict=True):
            print(f"  {path}: {problem.strip().splitlines()[-1][:200]}", flush=True)
        found += len(paths)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
