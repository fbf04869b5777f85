"""A sample bank for level 3, written for this project and labelled 样题; its weights are a shape, not the standard."""
