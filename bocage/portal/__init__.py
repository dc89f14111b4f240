"""What residents see as a whole: home, search page, their own space."""
