"""Other engines, given the bench office's agreements and asked its questions."""
