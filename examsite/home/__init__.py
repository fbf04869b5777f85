"""Each role's first page, and the addresses that belong to nobody: health, about."""
