"""How `slim`, the small loss network, was trained: `python -m zmlib.train.slim`."""
