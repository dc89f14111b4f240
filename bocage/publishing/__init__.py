"""Editorial pages and news, written in Wagtail."""
