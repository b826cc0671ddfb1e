"""``python -m qdml_quantum`` is the command `qdml`."""

import sys

from qdml_quantum.cli import main

if __name__ == "__main__":
    sys.exit(main())
