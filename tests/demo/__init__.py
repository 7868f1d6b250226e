"""Tests of the decisions; they need no fixtures."""
