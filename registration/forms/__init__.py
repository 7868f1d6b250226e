"""The shape of input: what is typed, and what is said when it does not fit."""
