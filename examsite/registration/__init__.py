"""Who sits: candidates enrolled in sittings, with ticket and seat."""
