"""The baseline that is not a TNet with a source: style transfer by optimisation, `ost`, and what it minimises.

Import from the modules: nothing is imported here, so that a chapter depends on what it uses and not on all of this.
"""
