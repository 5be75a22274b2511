"""The counter: applications ask here over HTTP."""
