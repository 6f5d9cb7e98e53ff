"""`python -m cargoseal.cli`: the same as the command `cargoseal`."""

from cargoseal.cli import main

if __name__ == "__main__":
    main()
