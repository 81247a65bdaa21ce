"""What can go wrong, one class a kind.

Each message says what, where, expected, found and (where there is one) the command that mends it.
The commands print it on one line and exit with 1; only these errors are a user's business.

What reads bytes raises a bare `FormatError`, and does not know whose bytes they are; whoever does
know adds the name, once (`about`).
"""

import contextlib
from collections.abc import Iterator


def printable(text: str) -> str:
    """Returns text with what a terminal would act on or could not show written as escapes."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


_LONGEST = 1500
"""Letters of a message; what it quotes of a file may be of any length."""


class SscMelodyError(Exception):
    """Base of every error that this library raises for its user.

    Of a message that is too long to be read the middle is left out.
    """

    def __init__(self, message: str = "") -> None:
        """Takes the message, one line."""
        if len(message) > _LONGEST:
            message = f"{message[: _LONGEST - 300]} ... {message[-290:]}"
        super().__init__(message)


class FormatError(SscMelodyError):
    """Bytes that are not what they should be: another format, damaged, cut short, or too large."""


class BundleError(SscMelodyError):
    """A bundle, checkpoint or metagraph cannot be read, or holds what cannot be played."""


class SpecError(SscMelodyError):
    """A config name, a hyperparameter or an encoding that does not exist or does not fit."""


class MelodyError(SscMelodyError, ValueError):
    """A melody event outside the legal range, or a melody too short for what is asked."""


class ChordError(SscMelodyError, ValueError):
    """A chord symbol or progression that cannot be read, or that a model cannot see."""


class PrimerError(SscMelodyError):
    """A primer that cannot be parsed, or that leaves no room for new steps."""


class MidiError(SscMelodyError):
    """A MIDI file that cannot be read or written."""


class DataError(SscMelodyError):
    """Music or records that cannot be read, or a data set without a melody."""


class OptionError(SscMelodyError, ValueError):
    """An option (a flag or an argument) that is unknown, malformed or at odds with another one."""


@contextlib.contextmanager
def about(source: object, error_class: type[SscMelodyError] = FormatError) -> Iterator[None]:
    """Adds the name of what was read to a format error.

    Around a part ("tensor 'w'") the error stays a `FormatError`; around the file it becomes the
    error of what the file should have been, and no name is added after that.

    Args:
        source: A file's path or another name, or a part of it.
        error_class: What is raised.
    """
    try:
        yield
    except FormatError as error:
        raise error_class(f"{source}: {error}") from error
