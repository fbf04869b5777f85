"""What the responses say about the questions: item analysis and reliability, from a plain matrix of scores.

Stands alone: the standard library, NumPy and SciPy only.  Start with `responses.ResponseMatrix`.
"""
