"""What do we offer, to whom, at what limit and price: dated terms, a checked decision graph, and the credit strategy.

Promises: every decision is made by a graph that people can read and edit, names every rule that matched and the
hashes of graph and terms, and carries its reasons in both languages; a plan under a budget comes with the bound
that proves how good it is; the papers of a run appear together or not at all.
Refuses: a graph with a cell that does not compile or a term that does not exist, a term without a source or a day,
a budget smaller than the smallest loan, and to decide on facts that it was not told.
"""
