"""One module for each supplier of a channel: from what happened to the rows of its files.

Promises tables with the lake's column names (money in fen), one a month. Refuses to know the truth: a supplier sees
what a firm does, never its health but through it.
"""
