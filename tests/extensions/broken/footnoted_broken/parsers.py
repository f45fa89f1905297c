import socket
from pathlib import Path

NUMBER = 7


def as_text(data: bytes) -> str:
    return data.decode()


def calls_home(data: bytes) -> None:
    socket.create_connection(("127.0.0.1", 9), timeout=1)


def writes(data: bytes) -> None:
    Path("written-by-a-parser").write_bytes(data)
