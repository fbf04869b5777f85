"""Writing questions: what is typed, what it makes, what is wrong with it, what the bank has already."""
