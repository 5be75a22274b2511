"""A second reading of docs/decision.md, to hold the first one to it."""
