"""`python -m boxwright`: the same as the command `boxwright`."""

import sys

from boxwright.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
