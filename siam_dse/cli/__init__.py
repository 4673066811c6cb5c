"""The command line: the only room that prints. Data on stdout, messages on stderr."""

import sys

from siam_dse.core.errors import SiamDseError


def main() -> None:
    """Run ``siam-dse``; a user's mistake is one message and exit code 2, never a traceback."""
    from siam_dse.cli.app import app

    try:
        app(prog_name="siam-dse")
    except SiamDseError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
