"""What the chapters compute: one module a figure or table. Notebooks call these and show what they return."""
