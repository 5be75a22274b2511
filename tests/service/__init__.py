"""An office on a real disk: what it promises, and what it does when the world fails it."""
