"""`python -m microscope` is `microscope`."""

from microscope.cli import app

app(prog_name="microscope")
