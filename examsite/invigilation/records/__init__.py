"""考场情况记录单: the record of a room, filled by itself, signed by its invigilators."""
