"""What ``roob`` makes: a project and what is added to it, each file whole or not."""
