"""A PostgreSQL server of the tests' own, where the machine has one to start."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest


def binaries() -> Path | None:
    """Where `initdb` lies: on the path, or where Debian puts it."""
    if found := shutil.which("initdb"):
        return Path(found).parent
    return max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Callable[[], str]]:
    """`postgresql()` is the address of a new, empty database."""
    where = binaries()
    if where is None:
        pytest.skip("PostgreSQL is not installed: there is no initdb")
    root = Path(tempfile.mkdtemp(prefix="pg-"))
    # It refuses to run as root; Debian's package brings a user for it.
    user = "postgres" if os.geteuid() == 0 else None
    if user is not None:
        shutil.chown(root, user, user)
    data, address = root / "data", f"host={root} user=postgres"
    subprocess.run(
        [where / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "--encoding=UTF8"],
        user=user, check=True, capture_output=True, cwd=root,
    )  # fmt: skip
    arguments = [where / "postgres", "-D", data, "-k", root, "-c", "listen_addresses=", "-c", "fsync=off"]
    with subprocess.Popen(arguments, user=user, cwd=root, stderr=subprocess.DEVNULL) as server:
        try:
            wait(f"{address} dbname=postgres")
            numbers = count()

            def make() -> str:
                name = f"test_{next(numbers)}"
                with psycopg.connect(f"{address} dbname=postgres", autocommit=True) as connection:
                    connection.execute(f"CREATE DATABASE {name}".encode())
                return f"postgresql://postgres@/{name}?host={root}"

            yield make
        finally:
            server.send_signal(signal.SIGINT)  # Whatever is still connected is cut off.
            server.wait(20)
            shutil.rmtree(root, ignore_errors=True)


def wait(address: str) -> None:
    for _ in range(200):
        try:
            psycopg.connect(address).close()
            return
        except psycopg.OperationalError:
            time.sleep(0.1)
    raise AssertionError("PostgreSQL did not start in 20 s")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/test.db"
    return str(request.getfixturevalue("postgresql")())
