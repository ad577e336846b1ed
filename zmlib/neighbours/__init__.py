"""Neighbour systems: other ways to edit a picture, small enough to stand beside ZM-Net and be compared with it."""
