"""Regions and institutions: who belongs where."""
