"""The terminal: words and exit codes."""
