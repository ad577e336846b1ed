"""What `make bench` measures: ZM-Net beside the networks that one would otherwise take, and beside this machine.

`bench.run.run` measures; `bench.report` and `bench.plots` show what it returned. Two more benchmarks are run by hand in
`notebooks/`: `python -m bench.trainings` and `python -m bench.loss_networks`.
"""
