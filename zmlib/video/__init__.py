"""Films: animate a photo, repaint a film, and keep its frames from flickering."""
