"""Reading and writing tables, metadata, detection, splitting, token encoding."""
