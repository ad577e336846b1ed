"""How good a stylised picture is: J and its parts, OST-equivalents, the shuffled-signal test, a sheet to look at.

Import from the modules: nothing is imported here, so that a chapter depends on what it uses and not on all of this.
"""
