"""The paper's claims as data, and the verdict that a rule written down beforehand gives to each result.

It imports nothing: a chapter that shows the paper's numbers beside its own (`claims.compare`) reads the claims, and
does not depend on how they are judged.
"""
