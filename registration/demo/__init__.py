"""Example workshops, organisations and people, to see the product at work; never in production."""
