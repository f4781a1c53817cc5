"""How close synthetic rows are to unseen real rows."""
