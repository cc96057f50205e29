"""What has no place of its own in a request's walk."""
