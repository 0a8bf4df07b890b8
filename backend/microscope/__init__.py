"""Microscope: a live laboratory for what happens inside a language model."""

__version__ = "0.1.0"
