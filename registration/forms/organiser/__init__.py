"""The shape of what organisers type at the desk."""
