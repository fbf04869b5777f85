"""A rehearsal: simulated candidates sit a paper of sample questions on a centre's own machines, and a report says in plain words
whether it is ready.  Stands on top of the stages, as the demonstration does.
"""
