"""Sealing: what a set of papers was when it was approved, and who may open it before its time."""
