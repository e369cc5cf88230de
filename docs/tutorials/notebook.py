# SPDX-License-Identifier: MIT
# %% [markdown]
# # In a notebook
#
# The same engine without the command line. `import txsim` is quick; PyMC is imported only when draws must be made.
# %%
from txsim.forecast import forecast
from txsim.scenario import load

scenario = load("scenarios/service_desk_pilot.yaml")
scenario
# %% [markdown]
# A forecast keeps its draws; shown by itself it tells what each option pays.
# %%
found = forecast(scenario, draws=1024, seed=1)
found
# %% [markdown]
# `payoff` is an xarray dataset with the dims `option` and `draw`, so every question about it is one line. How often does committing
# beat the pilot, in the same future?
# %%
npv = found.payoff["npv"]
float((npv.sel(option="commit") > npv.sel(option="pilot_scale")).mean())
# %% [markdown]
# Several scenarios are compared draw by draw, on the same futures.
# %%
from txsim.decide.comparison import compare

compare({name: load(f"scenarios/{name}.yaml") for name in ("back_office_first", "front_line_first")}, draws=1024)
# %% [markdown]
# Any figure of the summary can be had by its key ([What comes out](../schema.md)).
# %%
round(found.summary().to_json()["options"]["commit"]["p_loss"]["value"], 2)
# %% [markdown]
# A report of what is in memory:
# %%
from pathlib import Path

from txsim.report.output import write_report
from txsim.report.reading import result_of

kept = forecast(scenario, draws=1024, seed=1, trajectories=True)
Path("out").mkdir(exist_ok=True)
write_report([result_of(kept)], Path("out/notebook.html"))
