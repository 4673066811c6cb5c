"""``python -m siam_dse`` is ``siam-dse``."""

from siam_dse.cli import main

main()
