"""Puhui: an open big-data credit platform for small and micro enterprises.

The rooms stand in the order of a credit's life; a room imports only rooms below it:
web, cli > products > scoring > variables > enterprises > channels > governance > foundation.
The simulator imports the foundation only: its door is files.
"""

__version__ = "0.1.0"
