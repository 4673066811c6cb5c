"""What every room uses: errors, units, frozen arrays, unique-and-gather, chunking, packaged folders."""
