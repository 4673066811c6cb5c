"""DNN workloads: layer tables with true shapes and edges, their readers, and the zoo in ``models/``."""
