"""What goes wrong between us and the mail server: refusals, cut lines, killed workers."""
