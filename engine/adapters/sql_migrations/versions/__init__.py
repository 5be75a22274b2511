"""One module for each step, named after the form that it leads to."""
