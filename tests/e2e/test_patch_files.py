"""A patch that another program wrote: dropped on the page, explained, kept, attached, written out again."""

from __future__ import annotations

import base64
import re
import zipfile
from pathlib import Path

import torch
from playwright.sync_api import expect
from safetensors.torch import load

from microscope.engine.adapters import WEIGHTS
from tests.e2e.access import in_every_look
from tests.e2e.conftest import Visit
from tests.services.test_patch_files import lora, zip_of

DROP = """([name, held]) => {
  const bytes = Uint8Array.from(atob(held), (char) => char.charCodeAt(0));
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([bytes], name));
  for (const kind of ["dragover", "drop"])
    window.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
}"""


def test_a_zip_is_dropped_explained_kept_attached_and_written_out(visit: Visit, tmp_path: Path) -> None:
    page = visit("/patches")
    page.get_by_role("button", name="Import").wait_for()
    page.evaluate(DROP, ["nicer.zip", base64.b64encode(zip_of(lora(tmp_path / "lora"))).decode()])
    dialog = page.get_by_role("dialog", name="Import a patch")
    expect(dialog).to_contain_text("PEFT LoRA")
    expect(dialog.get_by_role("row", name=re.compile(r"transformer\.h\.1\.mlp\.c_proj 1 3 "))).to_be_visible()
    expect(dialog.get_by_role("img", name=re.compile("KL .* nats beside"))).to_be_visible()
    assert in_every_look(page, dialog) == []
    dialog.get_by_role("button", name="Keep “nicer”").click()
    page.wait_for_url("**/patches/*")
    expect(page.get_by_role("heading", name="nicer", level=1)).to_be_visible()

    with page.expect_download() as waiting:
        page.get_by_role("button", name="Export as adapter").click()
    waiting.value.save_as(tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        (name,) = (one for one in archive.namelist() if one.endswith(WEIGHTS))
        down, up = (value for _, value in sorted(load(archive.read(name)).items()))
        given = load((tmp_path / "lora" / WEIGHTS).read_bytes())
    first, second = (value for _, value in sorted(given.items()))
    assert torch.allclose(up @ down, 2 * second @ first, atol=1e-4)

    page.get_by_role("button", name="Use in chat").click()
    page.wait_for_url("**patches=*")
    expect(page.get_by_role("region", name="Patches", exact=True).get_by_role("link", name="nicer")).to_be_visible()
