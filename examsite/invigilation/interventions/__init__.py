"""What invigilators do about a sitting: acts on candidates, by one person or two, and the ledger of interruptions."""
