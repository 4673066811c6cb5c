"""Strangers' inputs: every reader refuses them with one clear error, or takes them for what they are.

Products of small matrices are left to one thread: several spend more time in wait for one another than at work.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
