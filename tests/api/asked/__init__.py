"""What Schemathesis is told when it asks every resource what its description lets it ask."""
