"""The use cases: each one function, one transaction, and every mail that follows from it."""
