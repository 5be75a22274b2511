"""What others hold, read as the draft of an agreement; what they do not say is left to be said."""
