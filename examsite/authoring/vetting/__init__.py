"""Vetting: stages, tasks, opinions, recusals, the province's confirmation."""
