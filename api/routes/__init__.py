"""What can be asked of the counter, by path."""
