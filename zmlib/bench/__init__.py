"""What `zmlib bench` measures: ZM-Net beside the networks that one would otherwise take, and beside this machine.

`zmlib.bench.run.run` measures, `zmlib.bench.report` and `zmlib.bench.plots` show what it returned.
"""
