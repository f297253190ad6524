"""Readers and writers of files: tables, geography, and the findings that reading them gives."""
