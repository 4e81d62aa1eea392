"""Channels: what came in.

Promises: a file is delivered whole or not at all; every row of it is accepted, quarantined with all its reasons,
or counted a duplicate, and none vanishes; the same file twice changes nothing; a corrected row supersedes the old
one without erasing it; rows are read only for a purpose that the firm has consented to.
Refuses: a file that it cannot understand (`BadInput` says why), and reads without consent (`Refused`).

A channel is one declaration in a file of its own, and one line in `catalogue.py`.
"""
