"""Tags of the desk's shell."""
