"""What parties say to each other: words, model and law. No crypto, no Cedar, no disk."""
