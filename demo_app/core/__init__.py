"""The edges of the inventory: HTTP in, SQL out; ``main`` joins them to the service."""
