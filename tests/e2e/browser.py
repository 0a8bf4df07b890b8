"""Finds a Chromium: $CHROMIUM_PATH, else the system's, else the one that Playwright fetched.

`python tests/e2e/browser.py` prints its path; `--install` gets one where there is none: from Playwright where its
downloads are reachable, else from Debian's packages.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--disable-gpu",
    # A second tab is as much looked at as the first one.
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find() -> str | None:
    """Path of the browser that the tests drive; None where there is none."""
    chosen = os.environ.get("CHROMIUM_PATH") or next((path for name in NAMES if (path := shutil.which(name))), None)
    if chosen:
        return chosen
    with sync_playwright() as playwright:
        fetched = playwright.chromium.executable_path
    return fetched if Path(fetched).exists() else None


def flags() -> list[str]:
    """Quiet, and without the sandbox where root may not have one."""
    return [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else list(FLAGS)


def install() -> None:
    """Get a browser; the ways are tried in order, and the last one's error is shown."""
    ways = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if shutil.which("apt-get") and os.geteuid() == 0:
        ways = [["sh", "-c", "apt-get update -qq && apt-get install -y -qq chromium"], *ways]
    for way in ways:
        if subprocess.run(way, check=False).returncode == 0 and find():
            return
    sys.exit(
        "No Chromium. Install one (apt-get install chromium, or playwright install chromium) or set CHROMIUM_PATH."
    )


if __name__ == "__main__":
    if "--install" in sys.argv and find() is None:
        install()
    print(find() or sys.exit("No Chromium: python tests/e2e/browser.py --install"))
