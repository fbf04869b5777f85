"""Candidates arrive: their document and face are checked one by one."""
