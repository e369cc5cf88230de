# SPDX-License-Identifier: MIT
"""What a panel says: its likelihood with latent states integrated out, draws from it, and its term of a calibration."""
