"""The public pages of the agenda: what is coming, an offer, registering, one's registration."""
