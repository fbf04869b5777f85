"""Rules of the trade as pure functions: time, decisions, identity numbers."""
