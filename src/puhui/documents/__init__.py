"""Documents: pages that a person keeps, in English and Chinese at once.

Promises: one file that opens anywhere, asks nothing of the network, and reads well on a desk, on a phone, in the
dark and on paper. Refuses to render while the plots are not built (`NotReady`), and values it cannot put in words.
"""
