"""Content: pages, announcements and media a merchandiser edits."""
