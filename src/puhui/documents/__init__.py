"""Documents: pages that a person keeps, in English and Chinese at once.

Promises: one file that opens anywhere, asks nothing of the network, and reads well on a desk, on a phone, in the
dark and on paper; and papers to print, sign or file, as PDF/A in one language at a time, the same bytes for the same
paper. Refuses to render while plots or fonts are not built (`NotReady`), and values it cannot put in words.
"""
