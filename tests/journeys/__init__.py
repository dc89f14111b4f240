"""What people do from one end to the other, several apps at once, in a browser."""
