"""The counter: decisions over HTTP. Empty until the service is built."""
