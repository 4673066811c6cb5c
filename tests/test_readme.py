"""README.md prints what its commands print: where it does not, 'make readme' writes its transcripts anew."""

import pytest
from readme import README, printed, transcripts

TRANSCRIPTS = transcripts(README.read_text())


def test_there_are_transcripts():
    assert [command.split()[1] for command in TRANSCRIPTS] == ["sweep", "evaluate", "reproduce"]


@pytest.mark.parametrize("command", TRANSCRIPTS)
@pytest.mark.slow
def test_a_transcript_is_what_its_command_prints(command):
    assert printed(command) == TRANSCRIPTS[command], "stale: make readme"
