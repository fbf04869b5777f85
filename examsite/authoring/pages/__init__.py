"""The pages of the bank, a module a noun."""
