"""Signing in and out, the own password, language and profile."""
