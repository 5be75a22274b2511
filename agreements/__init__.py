"""What parties say to each other: the words, the model and the law. No crypto, no Cedar, no disk."""
