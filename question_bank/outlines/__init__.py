"""The 要素细目表: the tree of areas with their weights, and the assessment points at its leaves."""
