"""The command line: the same verbs from a terminal, one file a room.

Promises: results go to stdout (JSON with --json), progress to stderr; exit code 0 is success, 2 is bad input with what
to do next, 3 is a refusal by the rules, and anything else is a bug. Rooms are imported by the verb that needs them, so
that `puhui --help` answers at once.
Refuses: to hold any rule of its own.
"""
