"""How papers are drawn: specification, whole counts from weights, selection, order, and the explanation of a failure."""
