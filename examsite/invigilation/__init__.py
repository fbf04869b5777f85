"""Invigilation: who watches a sitting, what they see, and what they do about it."""
