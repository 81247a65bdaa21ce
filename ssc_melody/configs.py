"""Our configs for people's own Magenta scripts, under their names.

    from ssc_melody.configs import ssc_attention_rnn         # a fresh MelodyRnnConfig
    from ssc_melody.configs import default_configs           # all four, by name

Follows melody_rnn_model.default_configs. Every access makes a new config, so that nobody's flags
change another's; `ssc_melody.register` puts such configs into Magenta's own registry. The import
of this module is free; the first config imports Magenta.
"""

from typing import Any

from ssc_melody.specs import SPECS

_OURS = tuple(name for name in SPECS if name.startswith("ssc_"))

__all__ = ["default_configs", *_OURS]  # noqa: F822, PLE0604 (made by __getattr__)


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from ssc_melody.magenta_layer.register import magenta_config  # noqa: PLC0415

    if name == "default_configs":
        return {ours: magenta_config(SPECS[ours]) for ours in _OURS}
    return magenta_config(SPECS[name])


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
