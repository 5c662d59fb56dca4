"""Documented module ``storage``: the common surface of storage providers, of which buckets are the only one.

Only the operators act here; everything else is for the provider to implement.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import IO

from qarnot_hl._s3.progress import Progress

__all__ = ["Storage"]


class Storage(ABC):
    """Files under names.

    Operators: ``storage[remote] = local``, ``storage[remote]``, ``del storage[remote]``, ``name in storage``, ``iter``.
    """

    @property
    @abstractmethod
    def uuid(self) -> str:
        """The identifier."""

    @abstractmethod
    def list_files(self) -> Sequence[object]:
        """All files. Each has a ``key``."""

    @abstractmethod
    def get_all_files(self, output_dir: str | os.PathLike[str], progress: Progress = None) -> object:
        """Download everything below ``output_dir``, whose content is replaced where names agree."""

    @abstractmethod
    def get_file(self, remote: str, local: str | os.PathLike[str] | None = None, progress: Progress = None) -> str:
        """Download one file, creating directories as needed; returns the local path.

        ``local`` defaults to the last name of ``remote``. ``progress``: a callback (read, total, name), or True for a
        bar. Raises ValueError: no such file.
        """

    @abstractmethod
    def add_directory(self, local: str | os.PathLike[str], remote: str) -> object:
        """Upload a directory with its hierarchy, without following links. Raises IOError: not a valid directory."""

    @abstractmethod
    def add_file(self, local_or_file: str | bytes | os.PathLike[str] | IO[bytes], remote: str) -> None:
        """Upload a local file, or what a binary file object holds."""

    @abstractmethod
    def copy_file(self, source: str, dest: str) -> None:
        """Copy a file within the storage."""

    @abstractmethod
    def delete_file(self, remote: str) -> None:
        """Delete a file. One that does not exist is no error."""

    @abstractmethod
    def contains(self, remote: str) -> bool:
        """Whether there is a file of exactly this name."""

    @abstractmethod
    def update(self, flush: bool = False) -> None:
        """Renew what is known locally."""

    @abstractmethod
    def flush(self) -> None:
        """Wait for background uploads."""

    def __getitem__(self, filename: str) -> str:
        """``storage[remote]`` downloads the file into the working directory; gives the local path or KeyError."""
        try:
            return self.get_file(filename)
        except ValueError as error:
            raise KeyError(filename) from error

    def __setitem__(self, remote: str, filename: str | os.PathLike[str]) -> None:
        """``storage[remote] = local`` uploads a file or a directory."""
        if os.path.isdir(filename):
            self.add_directory(filename, remote)
        else:
            self.add_file(filename, remote)

    def __delitem__(self, filename: str) -> None:
        """``del storage[remote]`` deletes the file."""
        self.delete_file(filename)

    def __contains__(self, item: object) -> bool:
        """``name in storage``; also for an entry of ``list_files``."""
        name = getattr(item, "key", item)
        return isinstance(name, str) and self.contains(name)

    def __iter__(self) -> Iterator[object]:
        """The entries of ``list_files``."""
        return iter(self.list_files())


class AsyncStorage:
    """The base of asynchronous providers. It has no operators: nothing can await them."""
