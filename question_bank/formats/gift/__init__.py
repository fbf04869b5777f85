"""GIFT, the plain text format of Moodle: `reading.read`, `writing.write`."""
