"""How risky is it: fit, validate, explain, keep and serve a model of default.

Promises: the champion is one additive model that a person can read: points per bin, the same to the last
decimals in numpy, in SQL and in the library that trained it, with exact reasons. Everything that is chosen is
chosen inside the folds, so the reported figures are of rows that the choice never saw. A variable too good to be
known on the day is named.

Refuses: a target it cannot learn from, a table it cannot read, a column that says nothing, rows that miss a
column of the model. Training needs the extra `modelling`; serving needs numpy (and LightGBM for the challenger).
"""
