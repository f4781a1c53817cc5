"""How close synthetic rows are to real ones."""
