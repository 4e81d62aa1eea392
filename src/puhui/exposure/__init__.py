"""How much may still be risked: on a firm, its owner, group and guarantee circle, its trade, region, product, branch.

Promises: a cap that holds is an account of the ledger, so a draw that would break it cannot be booked, under any
concurrency, and the refusal names the cap; who shares a cap follows the graph, by an act that shows who is above one
now; caps are dated data with the law or the decision behind each; nothing of other banks is read without consent.
Refuses: a draw beyond a cap or beyond what its security carries, and a cap without a source.
"""
