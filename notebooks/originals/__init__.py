"""The data that the kept results were measured on, by name: `zmlib data`, which runs `python -m originals`."""
