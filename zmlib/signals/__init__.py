"""Guiding signals beyond pictures: words (section 4.2)."""
