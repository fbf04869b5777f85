"""The bank: outlines, questions, versions, opinions, imports."""
