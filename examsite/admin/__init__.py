"""People and roles, the audit record, the state of the system."""
