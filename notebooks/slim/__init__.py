"""How `slim`, the small loss network, was trained. In `notebooks/`: `python -m slim DATA --out slim.safetensors`."""
