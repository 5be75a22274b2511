"""The windows: the only places where the engine meets files, databases and processes."""
