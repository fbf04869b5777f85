"""Scores, decisions, their release by two persons, and what the candidate then sees."""
