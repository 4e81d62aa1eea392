"""The house shown at work: a simulated bank goes through every room, one stage after another, one table a stage.

Promises that every stage does its work through the rooms' own services, as people and jobs do; that what a stage tells
was counted from what the rooms answered; and that a stage which cannot do its work says why and ends the showing.
Refuses a folder without a simulated world. A new stage is one file here and one line in `stages.STAGES`.
"""
