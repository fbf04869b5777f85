"""Who watches which sitting, and in which room."""
