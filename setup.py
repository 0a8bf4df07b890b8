"""Builds the frontend where it is not there yet, and copies what ships; all else stands in pyproject.toml."""

import json
import shutil
import subprocess
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
INDEX = ROOT / "backend/microscope/static/index.html"
SAES = ROOT / "sae_checkpoints"
EXPERIMENTS = ROOT / "experiments"


class BuildWithFrontend(build_py):
    """`pip install .` serves the pages too: node builds them first. Of `sae_checkpoints/` what ships goes to
    `bundled/saes/`, `experiments/*.yaml` to `bundled/experiments/`.
    """

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
            self.copy_saes(Path(self.build_lib) / "microscope/bundled/saes")
        if not self.editable_mode:
            self.copy_experiments(Path(self.build_lib) / "microscope/bundled/experiments")

    def copy_saes(self, target: Path) -> None:
        """Those that `shipped.json` names: others in that folder are of whoever trained them there."""
        target.mkdir(parents=True, exist_ok=True)
        for file in ("README.md", "shipped.json"):
            shutil.copy2(SAES / file, target / file)
        for name in json.loads((SAES / "shipped.json").read_text()):
            shutil.copytree(SAES / name, target / name, dirs_exist_ok=True)

    def copy_experiments(self, target: Path) -> None:
        target.mkdir(parents=True, exist_ok=True)
        for file in EXPERIMENTS.glob("*.yaml"):
            shutil.copy2(file, target / file.name)


setup(cmdclass={"build_py": BuildWithFrontend})
