"""The kind of patch that docs/extending.md shows, added to a server exactly as it stands there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[3]
(FILE,) = re.findall(r"As `pin\.py`:\n\n```py\n(.*?)^```", (ROOT / "docs" / "extending.md").read_text(), re.M | re.S)

TRIED = """
import time
import microscope.core.patches as package
package.__path__.append({folder!r})
from pathlib import Path
from starlette.testclient import TestClient
from microscope.api.app import create_app
from microscope.lab import Lab
from microscope.settings import Settings

lab = Lab.open(Settings(home=Path({home!r}), model={model!r}, device="cpu"))
with TestClient(create_app(lab), base_url="http://127.0.0.1:8000") as client:
    while not client.get("/api/health").json()["model"]:
        time.sleep(0.05)
    unit = [1.0] + [0.0] * 63
    pin = {{"kind": "pin", "site": "L2.resid_post", "direction": unit, "value": 3.5}}
    made = client.post("/api/patch", json={{"source": {{"type": "content", "patch": pin}}}}).json()
    assert made["says"].startswith("Brings what lies along the direction at L2.resid_post to 3.5"), made
    member = {{"source": {{"type": "kept", "hash": made["hash"]}}}}
    with client.websocket_connect("ws://127.0.0.1:8000/api/ws") as socket:
        asked = {{"type": "try_patches", "text": "The cat sat", "members": [member], "everywhere": True}}
        socket.send_json({{"id": 1, **asked}})
        while (answer := socket.receive_json()).get("id") != 1:
            pass
    assert answer["type"] == "patches_tried", answer
    (loaded,) = lab.resident
    model = loaded.model
    rows = model.trace(model.encode("The cat sat")).resid[-1].clone()
    moved = (rows[:, 0] - 3.5).abs() / rows.norm(dim=-1)
    assert max(abs(a - b) for a, b in zip(moved.tolist(), answer["changed"], strict=True)) < 1e-5, answer["changed"]
print("tried")
"""


def test_a_kind_of_patch_is_one_file(tiny_folder: Callable[[str], Path], tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "pin.py").write_text(FILE)
    home, model = str(tmp_path / "home"), str(tiny_folder("gpt2"))
    code = TRIED.format(folder=str(tmp_path / "more"), home=home, model=model)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MICROSCOPE_")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**kept, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "tried"
