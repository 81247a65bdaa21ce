"""`python -m ssc_melody`: lists the commands, or runs the one that is named."""

import sys

from ssc_melody.cli.launch import main

if __name__ == "__main__":
    sys.exit(main())
