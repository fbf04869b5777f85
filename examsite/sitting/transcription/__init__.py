"""Answers written on paper, typed in twice by two persons and compared before they count."""
