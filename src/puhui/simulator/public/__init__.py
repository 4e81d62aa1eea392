"""The public data set's shape from a seed: invoices and firms for a machine without the real ones.

Promises the same files and headers as the real set. Refuses nothing: the room's services check what is asked.
"""
