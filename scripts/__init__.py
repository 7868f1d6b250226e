"""Set-up and start of the local installation (`make run`)."""
