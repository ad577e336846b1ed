"""One sentence for a person when something goes wrong."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from zmlib.errors import UserError

BAD_INPUT = 2
STOPPED = 130  # a shell's code for a command ended by Ctrl-C: 128 + SIGINT


class Guard(TyperGroup):
    """Runs commands; errors meant for a person become one sentence on stderr and an exit code.

    The code is 2 after a `UserError` or an error of the file system, 130 after Ctrl-C. A command may set the sentence:
    `raise KeyboardInterrupt("...")`.
    """

    def invoke(self, ctx: Any) -> Any:
        """Run the command that `ctx` names."""
        try:
            return super().invoke(ctx)
        except UserError as error:
            say(str(error))
            raise typer.Exit(BAD_INPUT) from error
        except BrokenPipeError:
            raise  # typer ends quietly when the reader of a pipe has gone
        except OSError as error:
            about = f"{error.filename}: " if error.filename else ""
            say(f"{about}{error.strerror or error}.")
            raise typer.Exit(BAD_INPUT) from error
        except KeyboardInterrupt as error:
            say(str(error) or "Stopped.")
            raise typer.Exit(STOPPED) from error


def say(message: str) -> None:
    """A line on stderr, never wrapped, so that a file's name in it can be copied."""
    typer.echo(f"zmlib: {message}", err=True)
