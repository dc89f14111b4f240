"""What residents do with procedures and cases, on the portal."""
