"""The product inventory: a small shop's stock, built on Roob's web and ORM towers."""
