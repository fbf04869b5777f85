"""Machines that were not let in, for whoever watches the sitting."""
