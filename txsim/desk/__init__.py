# SPDX-License-Identifier: MIT
"""The priors desk: what is believed, what each claim does to the answer, and whether beliefs hang together."""

from txsim.desk.claim_effects import comparison
from txsim.desk.desk import Desk, Payoff
from txsim.desk.listing import listing
from txsim.desk.portrait import portrait
from txsim.desk.prior_check import prior_check
