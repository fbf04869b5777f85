"""The pages of plans, a module a noun."""
