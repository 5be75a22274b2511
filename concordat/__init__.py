"""Concordat: information-sharing agreements as law a machine can apply."""

__version__ = "0.1.0"
