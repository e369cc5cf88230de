"""
Python model 'stock_and_flow.py'
Translated using PySD
"""

from pathlib import Path
import numpy as np

from pysd.py_backend.statefuls import Integ
from pysd import Component

__pysd_version__ = "3.14.3"

__data = {"scope": None, "time": lambda: 0}

_root = Path(__file__).parent


component = Component()

#######################################################################
#                          CONTROL VARIABLES                          #
#######################################################################

_control_vars = {
    "initial_time": lambda: 0,
    "final_time": lambda: 36,
    "time_step": lambda: 1,
    "saveper": lambda: time_step(),
}


def _init_outer_references(data):
    for key in data:
        __data[key] = data[key]


@component.add(name="Time")
def time():
    """
    Current time of the model.
    """
    return __data["time"]()


@component.add(
    name="INITIAL TIME", units="Months", comp_type="Constant", comp_subtype="Normal"
)
def initial_time():
    """
    The initial time for the simulation.
    """
    return __data["time"].initial_time()


@component.add(
    name="FINAL TIME", units="Months", comp_type="Constant", comp_subtype="Normal"
)
def final_time():
    """
    The final time for the simulation.
    """
    return __data["time"].final_time()


@component.add(
    name="TIME STEP", units="Months", comp_type="Constant", comp_subtype="Normal"
)
def time_step():
    """
    The time step for the simulation.
    """
    return __data["time"].time_step()


@component.add(
    name="SAVEPER",
    units="Months",
    comp_type="Auxiliary",
    comp_subtype="Normal",
    depends_on={"time_step": 1},
)
def saveper():
    """
    The save time step for the simulation.
    """
    return __data["time"].saveper()


#######################################################################
#                           MODEL VARIABLES                           #
#######################################################################


@component.add(name="effect", comp_type="Constant", comp_subtype="Normal")
def effect():
    return 5


@component.add(name="slope", comp_type="Constant", comp_subtype="Normal")
def slope():
    return 0.1


@component.add(name="back", comp_type="Constant", comp_subtype="Normal")
def back():
    return 0.09


@component.add(name="lag", comp_type="Constant", comp_subtype="Normal")
def lag():
    return 4


@component.add(name="months", comp_type="Constant", comp_subtype="Normal")
def months():
    return 6


@component.add(name="churn_base", comp_type="Constant", comp_subtype="Normal")
def churn_base():
    return 0.018


@component.add(name="churn_cx", comp_type="Constant", comp_subtype="Normal")
def churn_cx():
    return 0.0068


@component.add(name="referral_cx", comp_type="Constant", comp_subtype="Normal")
def referral_cx():
    return 0.0034


@component.add(name="spend_cx", comp_type="Constant", comp_subtype="Normal")
def spend_cx():
    return 0.0011


@component.add(name="joins_base", comp_type="Constant", comp_subtype="Normal")
def joins_base():
    return 72


@component.add(name="arpu", comp_type="Constant", comp_subtype="Normal")
def arpu():
    return 2000


@component.add(name="margin", comp_type="Constant", comp_subtype="Normal")
def margin():
    return 0.25


@component.add(name="rate", comp_type="Constant", comp_subtype="Normal")
def rate():
    return 0.1


@component.add(
    name="reached",
    comp_type="Auxiliary",
    comp_subtype="Normal",
    depends_on={"time": 1, "months": 1},
)
def reached():
    return float(np.minimum((time() + 1) / months(), 1))


@component.add(
    name="factor",
    comp_type="Auxiliary",
    comp_subtype="Normal",
    depends_on={"reached": 3},
)
def factor():
    return reached() * reached() * (3 - 2 * reached())


@component.add(
    name="push_ex",
    comp_type="Auxiliary",
    comp_subtype="Normal",
    depends_on={"effect": 1, "factor": 1, "back": 1, "memory_cx": 1},
)
def push_ex():
    return (effect() * factor() + back() * memory_cx()) / 24


@component.add(
    name="ex", comp_type="Auxiliary", comp_subtype="Normal", depends_on={"push_ex": 2}
)
def ex():
    return (
        24 * (float(np.exp(push_ex())) - 1) / (1 + 0.6 * (float(np.exp(push_ex())) - 1))
    )


@component.add(
    name="push_cx",
    comp_type="Auxiliary",
    comp_subtype="Normal",
    depends_on={"slope": 1, "memory_ex": 1},
)
def push_cx():
    return slope() * memory_ex() / 22.4


@component.add(
    name="cx", comp_type="Auxiliary", comp_subtype="Normal", depends_on={"push_cx": 2}
)
def cx():
    return (
        22.4
        * (float(np.exp(push_cx())) - 1)
        / (1 + 0.66 * (float(np.exp(push_cx())) - 1))
    )


@component.add(
    name="profit",
    comp_type="Auxiliary",
    comp_subtype="Normal",
    depends_on={"margin": 1, "customers": 1, "arpu": 1, "spend_cx": 1, "cx": 1},
)
def profit():
    return margin() * customers() * arpu() * float(np.exp(spend_cx() * cx()))


@component.add(
    name="learn_ex",
    comp_type="Auxiliary",
    comp_subtype="Normal",
    depends_on={"ex": 1, "memory_ex": 1, "lag": 1},
)
def learn_ex():
    return (ex() - memory_ex()) / lag()


@component.add(
    name="learn_cx",
    comp_type="Auxiliary",
    comp_subtype="Normal",
    depends_on={"cx": 1, "memory_cx": 1, "lag": 1},
)
def learn_cx():
    return (cx() - memory_cx()) / lag()


@component.add(
    name="joining",
    comp_type="Auxiliary",
    comp_subtype="Normal",
    depends_on={"joins_base": 1, "referral_cx": 1, "cx": 1},
)
def joining():
    return joins_base() * float(np.exp(referral_cx() * cx()))


@component.add(
    name="leaving",
    comp_type="Auxiliary",
    comp_subtype="Normal",
    depends_on={"customers": 1, "churn_base": 1, "churn_cx": 1, "cx": 1},
)
def leaving():
    return customers() * churn_base() * float(np.exp(0 - churn_cx() * cx()))


@component.add(
    name="earning",
    comp_type="Auxiliary",
    comp_subtype="Normal",
    depends_on={"profit": 1, "rate": 1, "time": 1},
)
def earning():
    return profit() * (1 + rate()) ** (0 - (time() + 1) / 12)


@component.add(
    name="memory_ex",
    comp_type="Stateful",
    comp_subtype="Integ",
    depends_on={"_integ_memory_ex": 1},
    other_deps={"_integ_memory_ex": {"initial": {}, "step": {"learn_ex": 1}}},
)
def memory_ex():
    return _integ_memory_ex()


_integ_memory_ex = Integ(lambda: learn_ex(), lambda: 0, "_integ_memory_ex")


@component.add(
    name="memory_cx",
    comp_type="Stateful",
    comp_subtype="Integ",
    depends_on={"_integ_memory_cx": 1},
    other_deps={"_integ_memory_cx": {"initial": {}, "step": {"learn_cx": 1}}},
)
def memory_cx():
    return _integ_memory_cx()


_integ_memory_cx = Integ(lambda: learn_cx(), lambda: 0, "_integ_memory_cx")


@component.add(
    name="customers",
    comp_type="Stateful",
    comp_subtype="Integ",
    depends_on={"_integ_customers": 1},
    other_deps={
        "_integ_customers": {"initial": {}, "step": {"joining": 1, "leaving": 1}}
    },
)
def customers():
    return _integ_customers()


_integ_customers = Integ(
    lambda: joining() - leaving(), lambda: 4000, "_integ_customers"
)


@component.add(
    name="value",
    comp_type="Stateful",
    comp_subtype="Integ",
    depends_on={"_integ_value": 1},
    other_deps={"_integ_value": {"initial": {}, "step": {"earning": 1}}},
)
def value():
    return _integ_value()


_integ_value = Integ(lambda: earning(), lambda: 0, "_integ_value")
