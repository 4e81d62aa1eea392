"""Whether what is said of a firm is true: facts side by side, verdicts, trust, and signs of fraud with their evidence.

Promises: every verdict comes with both amounts, the tolerance and what document would settle it; every sign of fraud
with evidence that a person can check. Refuses: to decide where one side is silent: the verdict is then `cannot tell`.
"""
