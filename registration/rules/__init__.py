"""Decisions: pure functions over plain facts, without database, web framework or clock."""
