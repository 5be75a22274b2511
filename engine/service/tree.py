"""Files by name, wherever they are: in the office's register, or in one that was fetched."""

from typing import Protocol


class Tree(Protocol):
    """Reads a tree of files; a register is one."""

    def read(self, name: str, /) -> bytes:
        """The bytes of one file.

        Raises:
            NotFoundError: There is none of that name.
        """
        ...

    def names(self, folder: str, /) -> list[str]:
        """What stands directly in a folder, sorted; nothing if there is no such folder."""
        ...
