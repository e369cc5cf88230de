# SPDX-License-Identifier: MIT
# %% [markdown]
# # In a notebook
#
# The same engine without the command line. `import txsim` is quick; PyMC is imported only when draws must be made.
# %%
import txsim

scenario = txsim.load("scenarios/service_desk_pilot.yaml")
scenario
# %% [markdown]
# A forecast keeps its draws; shown by itself it tells what each option pays.
# %%
forecast = txsim.forecast(scenario, draws=1024, seed=1)
forecast
# %% [markdown]
# `payoff` is an xarray dataset with the dims `option` and `draw`, so every question about it is one line. How often does committing
# beat the pilot, in the same future?
# %%
npv = forecast.payoff["npv"]
float((npv.sel(option="commit") > npv.sel(option="pilot_scale")).mean())
# %% [markdown]
# Several scenarios are compared draw by draw, on the same futures.
# %%
txsim.compare(["scenarios/back_office_first.yaml", "scenarios/front_line_first.yaml"], draws=1024)
# %% [markdown]
# Any figure of the summary can be had by its key ([What comes out](../schema.md)).
# %%
round(forecast.summary().to_json()["options"]["commit"]["p_loss"]["value"], 2)
# %% [markdown]
# A report of what is in memory, and the same folder as `--out` writes:
# %%
txsim.save(forecast, "out/notebook")
txsim.save(forecast, "out/notebook.html")
