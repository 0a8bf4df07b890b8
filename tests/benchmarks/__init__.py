"""What is claimed about speed, as ratios between variants that take turns in one run. Nothing here asserts a time."""
