"""Tensors on a device: models, their states, and the loop that makes tokens."""
