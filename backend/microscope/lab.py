"""The bench: one device, the models on it, the disk. Opened once, passed down; there is no other global thing."""

from __future__ import annotations

from sqlalchemy import Engine

from microscope.engine.device import Device
from microscope.engine.residency import Residency
from microscope.settings import Settings
from microscope.store.files import Folder
from microscope.store.lenses import Lenses
from microscope.store.objects import Objects


class Lab:
    """Everything a service needs: `.settings .device .models .folder .objects .database .lenses`."""

    settings: Settings
    device: Device
    models: Residency
    folder: Folder
    objects: Objects
    database: Engine
    lenses: Lenses

    @classmethod
    def open(cls, settings: Settings) -> Lab:
        """Open the home folder and the database, start the device's thread; turns that a crash left open are closed.

        Loads no model: `services.models.Models.load` does.
        """
        raise NotImplementedError

    async def close(self) -> None:
        """Stop the device's thread and close the database. Running turns end as `interrupted`."""
        raise NotImplementedError
