"""Imports Magenta's pipelines when it is imported: for processes that workers are forked from."""

from ssc_melody.magenta_layer import shims

shims.activate()

import ssc_melody.magenta_layer.pipelines  # noqa: E402, F401 (after the shims)
