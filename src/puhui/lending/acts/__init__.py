"""The acts on a line, from its opening to its end: each runs once, alone on its facility, on an open day."""
