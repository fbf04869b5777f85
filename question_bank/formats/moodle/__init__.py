"""Moodle XML: `reading.read`, `writing.write`."""
