"""`python -m zmlib` is the command `zmlib`: for a source tree that is not installed."""

from zmlib.cli import main

main()
