"""Digital mediation: help with the internet, at home, on the telephone."""
