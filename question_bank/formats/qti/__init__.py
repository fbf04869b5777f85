"""QTI packages and items: 1.2, 2.1, 2.2 and 3.0: `reading.read`, `writing.WRITERS`."""
