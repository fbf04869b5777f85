"""Chinese words for the English sentences of the code: one catalogue for shared pages, one in each stage's folder."""
