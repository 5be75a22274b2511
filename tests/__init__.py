"""The tests: promises, laws, tables, scenarios, and one small honest world."""
