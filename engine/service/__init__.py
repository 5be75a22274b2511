"""What an office does for those who use it, one module an actor."""

from engine.service.office import Office

__all__ = ["Office"]
