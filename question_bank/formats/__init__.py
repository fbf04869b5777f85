"""Files of the trade: question banks and rule sheets read leniently, written exactly.  Start at `reading.read`."""
