"""What an adapter is that holds a connection: it is closed where its ``with`` ends, whatever happened there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class Closing(ABC):
    """A connection that is open from the moment it is made."""

    @abstractmethod
    def close(self) -> None:
        """End the connection; does nothing the second time."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
