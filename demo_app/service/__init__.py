"""The business rules of the inventory; they know neither the wire nor the database."""
