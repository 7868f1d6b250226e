"""What several use cases share inside the caller's transaction; steps never open or end one."""
