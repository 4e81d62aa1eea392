"""The close of a business date: its steps, what they do to all loans at once, and the day kept in the lake."""
