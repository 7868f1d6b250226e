"""Real servers that the tests start for themselves: PostgreSQL, SMTP, web and worker processes, a browser."""
