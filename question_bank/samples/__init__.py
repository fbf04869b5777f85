"""Sample banks for levels 3, 2 and 1, written for this project and labelled 样题; their weights are a shape, not the standard."""
