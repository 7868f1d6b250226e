"""What is measured, against which limit: `python -m benchmarks`, or `make bench`."""
