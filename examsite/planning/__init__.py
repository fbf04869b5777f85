"""Plans, specifications, papers and sittings: what will happen, decided before it does."""
