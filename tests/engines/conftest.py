"""What tests of several engines share: ``composing`` is importable beside this file."""
