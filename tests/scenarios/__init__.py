"""Disclosures with the outcome their parties expect, from files beside the agreements."""
