"""Textbooks that teaching and questions rest on: entered by institutions, confirmed by the province (教材审验)."""
