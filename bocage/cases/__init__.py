"""Procedures as data, and the cases that residents and agents make of them."""
