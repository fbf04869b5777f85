"""From rows to a response matrix, runs of the statistics, their pages, and what they teach the bank."""
