"""The lake's metadata read as plain files of this machine, for whoever only reads: pyiceberg's own reader of files
brings pyarrow's data sets and pandas with it, which load for more than a second.
"""

from __future__ import annotations

from io import BufferedReader
from pathlib import Path

from pyiceberg.io import FileIO, InputFile, OutputFile

PLAIN = {"py-io-impl": f"{__name__}.PlainFiles"}


class PlainFile(InputFile):
    """A file to read."""

    def __len__(self) -> int:
        """Its bytes."""
        return Path(self.location).stat().st_size

    def exists(self) -> bool:
        """Is it there?"""
        return Path(self.location).is_file()

    def open(self, seekable: bool = True) -> BufferedReader:
        """The file, open to be read."""
        return Path(self.location).open("rb")


class PlainFiles(FileIO):
    """Files to be read by their paths. Refuses to write or to remove any."""

    def new_input(self, location: str) -> InputFile:
        """A file by its path."""
        return PlainFile(location)

    def new_output(self, location: str) -> OutputFile:
        raise AssertionError(f"{location} is opened to be read only")

    def delete(self, location: str | InputFile | OutputFile) -> None:
        raise AssertionError(f"{location} is opened to be read only")
