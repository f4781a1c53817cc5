"""Where data and state are kept."""
