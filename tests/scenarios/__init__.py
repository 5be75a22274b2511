"""Disclosures with the outcome their parties expect, from the files that stand beside agreements."""
