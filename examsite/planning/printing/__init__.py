"""Papers, answer sheets and keys as PDF: rows become plain data, and a template of typst sets it."""
