"""``python -m workbench``: the same commands as the ``workbench`` script."""

from workbench.cli import main

if __name__ == "__main__":
    main()
