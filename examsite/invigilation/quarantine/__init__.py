"""Answers that came too late and wait for a person, and outboxes that are carried in as files."""
