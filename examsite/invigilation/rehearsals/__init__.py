"""Reports of rehearsals: whether a centre's machines are ready, as its staff read it."""
