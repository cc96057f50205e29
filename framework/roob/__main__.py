"""``python -m roob`` is the ``roob`` command."""

from roob.cli.main import main

if __name__ == "__main__":
    main()
