"""How good a stylized picture is: J and its parts, OST-equivalents, the signal test, a sheet to look at.

Import from the modules: nothing is imported here, so that a chapter depends only on what it uses.
"""
