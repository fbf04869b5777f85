"""The catalogue: what stands beside a question (enemies, uses, saved filters) and acts on many questions."""
