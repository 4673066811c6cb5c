"""What a Python user holds: a run that draws, reports and explains itself, and searches that give one."""
