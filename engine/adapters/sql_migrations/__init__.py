"""The steps by which the tables of an office came to be what they are, oldest first.

Each is written once and never changed: it speaks of the tables as they were then,
and imports none of those that are now.
"""
