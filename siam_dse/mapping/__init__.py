"""Partition and mapping: crossbars, tiles, duplication, chiplets, placement, and the traffic between them."""
