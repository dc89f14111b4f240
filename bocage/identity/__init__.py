"""People, accounts, households, mandates, and the posts that bound what agents see."""
