"""Vetting (审题): stages, review tasks, opinions, recusal, the province's confirmation, suspension, changes of keys."""
