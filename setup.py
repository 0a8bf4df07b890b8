"""Builds the frontend into the package where it is not there yet; everything else stands in pyproject.toml."""

import shutil
import subprocess
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
INDEX = ROOT / "backend/microscope/static/index.html"


class BuildWithFrontend(build_py):
    """`pip install .` serves the pages too: node builds them first."""

    def run(self) -> None:
        if not self.editable_mode and not INDEX.exists():
            npm = shutil.which("npm")
            if npm is None:
                raise SystemExit(
                    "The pages are not built and npm was not found. Install Node >= 20, or run `make install`."
                )
            for command in (["ci", "--ignore-scripts"], ["run", "build"]):
                subprocess.run([npm, *command], cwd=ROOT / "frontend", check=True)
        super().run()


setup(cmdclass={"build_py": BuildWithFrontend})
