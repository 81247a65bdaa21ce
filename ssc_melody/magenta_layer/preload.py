"""Magenta's pipelines as an engine for data sets, imported under the shims.

Worker processes are forked from one that has imported this.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from ssc_melody.dataset.options import Options
from ssc_melody.dataset.pieces import Piece
from ssc_melody.dataset.process import Processed
from ssc_melody.magenta_layer import shims

shims.activate()

from ssc_melody.magenta_layer import pipelines  # noqa: E402 (after the shims)


def processor(options: Options) -> Callable[[Piece], Processed]:
    """Returns what runs a piece through Magenta's DAG."""
    return functools.partial(pipelines.run, pipelines.get_pipeline(options))
