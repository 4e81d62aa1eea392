"""What the data says of a firm, as of a day: named variables, declared once.

The room promises that one declaration gives the same value for many firms and for one, today and as of any past day,
and never from the future: only rows that had happened by the day and were known by then count.
It refuses to read a firm's rows without a right to (the channels say so), and to guess: an average, a ratio or an
extreme of nothing is missing, and of a firm without rows everything is, unless the channel writes of events only and
its silence says that there were none.
To add a variable, add an entry to the file of its channel; to add a channel, add a file like it and one line to
`registry.CHANNELS`. `language` is what a declaration may say, `engine` and `one_firm` work it out, and `across` holds
one channel against another.
"""
