"""Studies: questions that are asked of every network, each answered by one table and one page of plots."""
