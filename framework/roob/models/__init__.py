"""The nouns that travel: requests, responses, routes."""
