"""Films: a photo that lives, a film that is painted, and what keeps its frames from flickering."""
