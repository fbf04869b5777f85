"""What a question is: kinds, content, the key apart from it, how it is shown and how a response is scored."""
