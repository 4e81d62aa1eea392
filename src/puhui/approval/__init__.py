"""Yes, no, or a person: an application from its first word to the line that it opens.

Promises: the answer is Approved, Declined or Referred, with its evidence, and the same evidence gives the same bytes
years later; nobody but this room can sign what opens a line; an application moves only along its table of states.
Refuses: to decide on what it was not told, to approve when a part that it needs has failed, and an approval that was
altered after it was signed.
"""
