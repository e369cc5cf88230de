# SPDX-License-Identifier: MIT
"""Prior packs that come with the package, one YAML file each."""
