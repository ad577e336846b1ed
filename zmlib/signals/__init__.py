"""Guiding signals beyond pictures: words (section 4.2) and colour histograms (section 3.2)."""
