"""Who is calling: clients, tokens, and proof that their bearer holds a key."""
