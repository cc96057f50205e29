"""The models: a module for each, whose class is a table of the database."""
