"""What linters do not see: the shape of the house, its paper, and its wheel."""
