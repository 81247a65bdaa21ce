"""How a training run is run, and what it tells.

Only the last four options change what a step computes: how the learning rate falls, whether what
is evaluated and kept as best is a moving average of the weights, which melodies come up more often,
and how exact products are. All are off, as in stock; a run that goes on needs them again.

Needs no TensorFlow.
"""

import dataclasses

from ssc_melody.specs import checks


@dataclasses.dataclass(frozen=True)
class TrainOptions:
    """How to run; a value out of its range is refused when it is given.

    Attributes:
        num_training_steps: The step to end at; 0 for no end.
        summary_frequency: Steps between summaries.
        num_checkpoints: The latest ones to keep; 0 for all.
        save_checkpoint_secs: Seconds between them.
        num_eval_examples: Melodies of the eval data to use, the first ones; 0 for all.
        eval_every: Steps between evals; 0 for once an epoch (50 steps at least).
        patience: Evals without a better one that end the run; 0 for no such end.
        max_minutes: Minutes after which the run ends; 0 for no such end.
        jit: Whether XLA compiles the network: some seconds first, then twice as fast.
        learning_rate_half_life: Steps in which the learning rate halves, from step 0; 0 for never.
        average_decay: Weights that are evaluated and kept as best are a moving average, of which
            this share (0 to 1, such as 0.99) stays at a step; 0 for the weights themselves.
        source_weights: How often melodies come up by the beginning of their piece's name, such as
            "mozart.zip=2,dance_tunes=0.5"; 1 for the others, "" for all. The data are files of
            events that `create_dataset` made.
        bfloat16: Whether the large products of a training step take factors of bfloat16 (8 bits
            instead of 24) and add up in float32: faster on a CPU that multiplies them. The weights,
            the rest of a step and evals stay as they are.

    Raises:
        OptionError: A value is out of its range.
    """

    num_training_steps: int = 0
    summary_frequency: int = 10
    num_checkpoints: int = 10
    save_checkpoint_secs: float = 60
    num_eval_examples: int = 0
    eval_every: int = 0
    patience: int = 0
    max_minutes: float = 0
    jit: bool = True
    learning_rate_half_life: float = 0
    average_decay: float = 0
    source_weights: str = ""
    bfloat16: bool = False

    def __post_init__(self) -> None:
        """Checks every value."""
        for name in ("num_training_steps", "num_checkpoints", "num_eval_examples"):
            checks.set_whole(self, name, least=0)
        for name in ("eval_every", "patience"):
            checks.set_whole(self, name, least=0)
        checks.set_whole(self, "summary_frequency", least=1)
        for name in ("save_checkpoint_secs", "max_minutes", "learning_rate_half_life"):
            checks.set_number(self, name, least=0)
        checks.set_number(self, "average_decay", least=0, most=0.999999)


@dataclasses.dataclass(frozen=True)
class Progress:
    """Where a run is.

    Attributes:
        step: Steps trained.
        loss: Loss per step of the last batch (nats).
        events: Events trained since the process began, but for steps that compiled.
        seconds: Their time, without evals and checkpoints.
    """

    step: int
    loss: float
    events: float
    seconds: float


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes:
        step: Steps trained in all.
        reason: Why it ended.
        best: (step, loss per step) of the best eval, or None.
        interrupted: Whether the user ended it (Ctrl-C).
    """

    step: int
    reason: str
    best: tuple[int, float] | None
    interrupted: bool
