"""What agreements promise: their words, their model and their law."""
