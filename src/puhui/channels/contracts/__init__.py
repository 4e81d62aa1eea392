"""The contracts of the channels, a file each, and the columns and rules that they are made of."""
