"""What a caller says of a run, and what the run says of itself.

Importing this module imports no TensorFlow.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ssc_melody.errors import OptionError
from ssc_melody.families import all_specs, spec_named
from ssc_melody.play import run_config
from ssc_melody.specs import (
    HPARAMS,
    NetworkSpec,
    checks,
    named_hparams,
    with_hparams,
    with_range,
)

MAX_SEED = 2**31 - 1

Config = NetworkSpec | str | None


@dataclasses.dataclass(frozen=True)
class Asked:
    """What a caller says of a run; None (or "") leaves it to the run, or to the config.

    Attributes:
        config: A config, its name, or an encoding's.
        hparams: Hyperparameters over the config's, as text or a mapping.
        min_note: Lowest MIDI pitch that the network knows.
        max_note: One above the highest.
        generator_id: Id of bundles made of the run.
        generator_description: Description of the generator in such bundles.
        seed: Start of all random numbers.
    """

    config: Config = None
    hparams: str | Mapping[str, Any] = ""
    min_note: int | None = None
    max_note: int | None = None
    generator_id: str | None = None
    generator_description: str | None = None
    seed: int | None = None

    def __post_init__(self) -> None:
        """Checks the seed."""
        if self.seed is not None:
            object.__setattr__(self, "seed", checks.whole("seed", self.seed, 0, MAX_SEED))

    @property
    def name(self) -> str | None:
        """The config's name or the encoding's."""
        if isinstance(self.config, NetworkSpec):
            return self.config.label
        return self.config

    def spec(self) -> NetworkSpec:
        """Returns the config of a new run."""
        config = self.config
        spec = config if isinstance(config, NetworkSpec) else spec_named(str(config))
        spec = with_range(spec, self.min_note, self.max_note)
        name, description = self.generator_id, self.generator_description
        return dataclasses.replace(
            with_hparams(spec, self.hparams),
            name=spec.name if name is None else name,
            description=spec.description if description is None else description,
        )

    def hparams_given(self, spec: NetworkSpec) -> dict[str, object]:
        """Returns the hyperparameters that it names, with their values."""
        if isinstance(self.config, NetworkSpec):
            return {name: getattr(self.spec(), name) for name in HPARAMS}
        return named_hparams(spec, self.hparams)


def spec_of_run(folder: Path, run: run_config.RunConfig | None, asked: Asked) -> NetworkSpec:
    """Returns a run's config after comparing it with what is asked for.

    Args:
        folder: For messages.
        run: What its config.json says; None for a new run, or one of stock's.
        asked: What the caller says.

    Raises:
        OptionError: They contradict each other, or neither names a config.
        SpecError: There is no such config or hyperparameter.
    """
    if run is None:
        if asked.config is None:
            raise OptionError(
                f"config: expected a config's name, as no {run_config.NAME} in {folder} says it; "
                f"there are: {', '.join(all_specs())}"
            )
        return asked.spec()
    if with_range(run.spec, asked.min_note, asked.max_note) != run.spec:
        raise OptionError(
            f"{folder / run_config.NAME}: this run was trained on {run.spec.facts()}; leave out "
            "`min_note` and `max_note`, or name another `run_dir`"
        )
    run_config.check(folder, run, asked.name, asked.hparams_given(run.spec), asked.seed)
    for part, found in (("id", run.spec.name), ("description", run.spec.description)):
        wanted = getattr(asked, f"generator_{part}")
        if wanted not in (None, found):
            raise OptionError(
                f"{folder / run_config.NAME}: this run has the generator {part} {found!r}, "
                f"`generator_{part}` says {wanted!r}; leave it out, and give it on exporting"
            )
    return run.spec
