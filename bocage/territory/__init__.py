"""Communes, organisations, places and calendars: where things are and when they are open."""
