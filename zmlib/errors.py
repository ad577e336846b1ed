"""The one error that a person is meant to read."""

from __future__ import annotations


class UserError(Exception):
    """Something the user gave cannot be used.

    Its message is one sentence that names the thing (a file, an option) and says what to do. The command line prints
    the message without a traceback and exits with code 2.
    """
