"""Builds the frontend where it is not there yet and copies the SAEs that ship; all else stands in pyproject.toml."""

import shutil
import subprocess
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
INDEX = ROOT / "backend/microscope/static/index.html"
SAES = ROOT / "sae_checkpoints"


class BuildWithFrontend(build_py):
    """`pip install .` serves the pages too: node builds them first. `sae_checkpoints/` goes to `bundled/saes/`."""

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
        if not self.editable_mode and SAES.is_dir():
            shutil.copytree(SAES, Path(self.build_lib) / "microscope/bundled/saes", dirs_exist_ok=True)


setup(cmdclass={"build_py": BuildWithFrontend})
