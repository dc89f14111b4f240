"""What agents see as a whole: the shell, its menus, the day's page."""
