"""Connections of a socket that several processes listen on."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from typing_extensions import override

from app.cli import accepting

CLIENTS = 6


class Greeter(asyncio.Protocol):
    """Says hello and hangs up."""

    @override
    def connection_made(self, transport: Any) -> None:
        transport.write(b"hello")
        transport.close()


@pytest.fixture
def door() -> Iterator[socket.socket]:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        door.setblocking(False)
        yield door


@pytest.fixture
def clients(door: socket.socket) -> Iterator[list[socket.socket]]:
    """All of them wait for somebody to take them."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(socket.create_connection(door.getsockname()))
            for _ in range(CLIENTS)
        ]


def taken_elsewhere(door: socket.socket) -> int:
    """How many another process takes that listens on the same socket."""
    taken = 0
    while True:
        try:
            door.accept()[0].close()
        except BlockingIOError:
            return taken
        taken += 1


async def greeted(clients: list[socket.socket], count: int) -> None:
    """Wait until so many of them were greeted, the first ones first."""
    loop = asyncio.get_running_loop()
    for each in clients[:count]:
        each.setblocking(False)
        assert await asyncio.wait_for(loop.sock_recv(each, 5), 10) == b"hello"


def test_whoever_took_one_leaves_the_next_to_others(door, clients, monkeypatch):
    """Else it would take all of a burst alone, while the others are still waking up."""
    monkeypatch.setattr(accepting, "PASS_SECONDS", 60)

    async def burst() -> int:
        server = await asyncio.get_running_loop().create_server(Greeter, sock=door)
        await greeted(clients, 1)
        await asyncio.sleep(0.05)
        left = taken_elsewhere(door)
        server.close()
        return left

    with asyncio.Runner(loop_factory=accepting.Loop) as runner:
        assert runner.run(burst()) == CLIENTS - 1


def test_a_crowd_is_not_let_in_one_by_one(door, clients, monkeypatch):
    """One, then two, then three: six in three turns, all of them greeted."""
    turns: list[int] = []
    take = accepting.Turns._take

    def counted(self: accepting.Turns) -> None:
        take(self)
        turns.append(1)

    monkeypatch.setattr(accepting.Turns, "_take", counted)

    async def crowd() -> None:
        server = await asyncio.get_running_loop().create_server(Greeter, sock=door)
        await greeted(clients, CLIENTS)
        server.close()
        await server.wait_closed()

    with asyncio.Runner(loop_factory=accepting.Loop) as runner:
        runner.run(crowd())
    assert len(turns) == 3


def test_nothing_is_taken_by_what_is_closed(door, clients):
    async def closed() -> int:
        server = await asyncio.get_running_loop().create_server(Greeter, sock=door)
        server.close()
        await asyncio.sleep(0.05)
        return taken_elsewhere(door)

    with asyncio.Runner(loop_factory=accepting.Loop) as runner:
        assert runner.run(closed()) == CLIENTS


def test_a_socket_of_its_own_is_no_matter_of_turns():
    async def alone() -> bytes:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Greeter, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        said = await reader.read()
        writer.close()
        server.close()
        return said

    with asyncio.Runner(loop_factory=accepting.Loop) as runner:
        assert runner.run(alone()) == b"hello"


def test_out_of_descriptors_it_waits_and_goes_on(door, clients, monkeypatch):
    """A process that can open nothing more neither spins nor dies."""
    monkeypatch.setattr(accepting, "FULL_SECONDS", 0.01)
    failures = iter([OSError(24, "Too many open files")])

    class Full:
        def __getattr__(self, name: str) -> object:
            return getattr(door, name)

        def accept(self) -> object:
            for failure in failures:
                raise failure
            return door.accept()

    async def full() -> None:
        server = await asyncio.get_running_loop().create_server(Greeter, sock=Full())
        await greeted(clients, CLIENTS)
        server.close()

    with asyncio.Runner(loop_factory=accepting.Loop) as runner:
        runner.run(full())
