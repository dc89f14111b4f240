"""Notices by e-mail, SMS and letter, with the delivery state of each recipient."""
