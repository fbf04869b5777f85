"""Secrecy: who needs to know what of a bank, undertakings, looks on the record, exports by two persons."""
