"""Many at once, against real processes: seats, double clicks, workers."""
