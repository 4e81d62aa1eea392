"""The simulator: a bank in a box, from one seed.

Promises: the same seed gives the same bytes; what is hidden (a firm's health, who defaults) is told to tests only,
in a folder `truth`; its one door is files in the shape of the real ones.
Refuses: to import any room of the house.
"""
