"""The one error that a person is meant to read."""

from __future__ import annotations


class UserError(Exception):
    """Something the user gave cannot be used.

    Its message is one sentence that names the thing (a file, an option) and says what to do. The command line prints
    the message without a traceback and exits with code 2.

    Example:
        >>> import zmlib
        >>> try:
        ...     zmlib.stylize("photo.jpg", "painting.jpg", strength=2)
        ... except zmlib.UserError as error:
        ...     print(error)
        The strength must lie between 0 (the photo) and 1 (the style), not 2.
    """


def at_least(least: float, **given: float | None) -> None:
    """Check numbers that a user gave; each is named in the sentence as its option of the command line.

    Raises:
        UserError: one is below `least`; at_least(1, save_every=0) says "--save-every must be at least 1, not 0."
    """
    for name, number in given.items():
        if number is not None and number < least:
            raise UserError(f"--{name.replace('_', '-')} must be at least {least}, not {number}.")
