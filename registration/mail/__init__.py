"""The messages: what is sent, how it is written, and how it reaches the server."""
