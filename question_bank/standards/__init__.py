"""National occupational standards as data: one file an edition, cited by (code, edition) in every decision."""
