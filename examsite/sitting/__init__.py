"""Candidates: start, paper, answers, hand-in.  `answers.py` is the whole hot path; nothing here can see a key."""
