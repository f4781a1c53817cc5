"""The way of the data: pure steps, the executors that run them, and the order they go in."""
