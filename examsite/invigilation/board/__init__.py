"""The live board of a sitting, and the page of one candidate."""
