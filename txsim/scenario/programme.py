# SPDX-License-Identifier: MIT
"""What a driver earns and costs beside its pushes, how it wears out, and tax (docs/model.md, 11, 13 and 16)."""

from __future__ import annotations

from typing import Any

from txsim.language import lazy
from txsim.scenario.fields import (
    Flag,
    Life,
    Money,
    Months,
    Name,
    PlainShare,
    Share,
    WholeMonths,
    choice,
    refuse,
    unstated,
)
from txsim.scenario.record import Record
from txsim.scenario.record_fields import Field, model_validator

#: Whether an amount counts what execution loses.
Basis: Any = choice("designed", "delivered")
#: How a one-off is booked.
Accounting: Any = choice("opex", "capex")
_Benefit: Any = choice("cash", "capacity")
_RateBasis: Any = choice("before_tax", "after_tax")


class Tires(Record):
    """How an initiative wears out while it goes on (docs/model.md, section 13)."""

    half_life: Months = Field(
        description="months, once its full effect is there, until half of what does not last is gone; 0: all at once"
    )
    lasts: Share | None = Field(
        default=None, description="share of the full effect that stays for good, 0 … 1; by default nothing"
    )


class Benefit(Record):
    """What a driver earns beside experience: cash, or working time, which is not cash (docs/model.md, section 11)."""

    name: Name | None = Field(default=None, description="short name, used in results")
    monthly: Money | None = Field(default=None, description="money a month once it is fully there, in the currency")
    time_saved: Share | None = Field(
        default=None, description="share of the paid working time of `group` that is saved; `4 %` may be written"
    )
    group: Name | None = Field(default=None, description="staff group whose time is saved")
    months: Months | None = Field(
        default=None, description="months until it is fully there; by default the longest ramp of the driver"
    )
    kind: _Benefit | None = Field(
        default=None, description="cash, by default for money, or capacity: freed, but only cash as far as `realised`"
    )
    benefit_basis: Basis = Field(
        default="designed", description="delivered: the amount already counts what execution loses"
    )
    in_pilot: Flag = Field(
        default=True, description="false: it comes all at once, with the second wave, and not in the pilot"
    )
    realised: Share | None = Field(
        default=None, description="share of freed capacity that becomes cash, 0 … 1; by default nothing"
    )

    @model_validator(mode="after")
    def _one_amount(self) -> Benefit:
        if (self.monthly is None) == (self.time_saved is None):
            refuse(lazy("a benefit is either `monthly` (money) or `time_saved` (a share of a group's time)"))
        if self.time_saved is not None and self.group is None:
            refuse(
                lazy("`time_saved` is a share of the paid time of a staff group"),
                lazy("name it under `group`, as `organisation.staff` calls it"),
            )
        if self.time_saved is None and self.group is not None:
            refuse(lazy("money a month belongs to no staff group"), lazy("leave `group` out"), "group")
        if self.time_saved is not None and self.kind == "cash":
            hint = lazy("leave `kind` out, and say by `realised` what share of the time becomes cash")
            refuse(lazy("saved time is capacity, not cash"), hint, "kind")
        if self.is_cash and self.realised is not None:
            refuse(
                lazy("cash is realised in full"), lazy("leave `realised` out, or write `kind: capacity`"), "realised"
            )
        return self

    @property
    def is_cash(self) -> bool:
        """Whether all of it enters profit."""
        return self.time_saved is None and self.kind != "capacity"


class Cost(Record):
    """One cost of a driver or a pilot: at once in a month, or running (docs/model.md, section 16)."""

    name: Name | None = Field(default=None, description="short name, used in messages and results")
    amount: Money = Field(description="planned cost, in the currency: in `month`, or in each month `from` one on")
    month: WholeMonths | None = Field(default=None, description="month of a one-off, 0 is the start")
    from_month: WholeMonths | None = Field(
        default=None, alias="from", description="first month of a running cost, 0 is the start"
    )
    months: WholeMonths | None = Field(
        default=None, description="months that a running cost lasts; by default as long as the driver"
    )
    kind: Accounting = Field(default="opex", description="capex: a one-off that is written off over `life`")
    life: Life | None = Field(default=None, description="months over which capex is written off, straight-line")

    @model_validator(mode="after")
    def _either(self) -> Cost:
        if (self.month is None) == (self.from_month is None):
            refuse(lazy("a cost falls either once, in `month`, or each month, `from` one on"))
        if self.month is not None and self.months is not None:
            refuse(
                lazy("a one-off takes no `months`"),
                lazy("for a running cost write `from` in place of `month`"),
                "months",
            )
        if self.months == 0:
            refuse(lazy("a running cost lasts at least one month"), "", "months")
        if self.month is None and self.kind == "capex":
            refuse(
                lazy("only a one-off can be capex"),
                lazy("write `month` in place of `from`, or leave `kind` out"),
                "kind",
            )
        accounted(self.kind, self.life, "life")
        return self


def accounted(kind: str, life: int | None, key: str, by: str = "kind") -> None:
    """Refuse capex without a life, and a life of what is not capex."""
    if kind == "capex" and life is None:
        refuse(lazy("capex needs `{key}`, the months over which it is written off", key=key), f"`{key}: 36`", by)
    if kind != "capex" and life is not None:
        refuse(
            lazy("`{key}` belongs to capex alone", key=key),
            lazy("write `{by}: capex`, or leave `{key}` out", by=by, key=key),
            key,
        )


class Finance(Record):
    """What the tax office takes (docs/model.md, section 16)."""

    tax_rate: PlainShare = Field(description="tax on profit, a share; a loss is a relief, the firm has other profit")
    write_off: Flag = Field(
        default=False, description="true: what is not yet written off at the horizon is, in its last month"
    )
    rate_basis: _RateBasis | None = Field(
        default=None,
        description="whether `discount_rate` is a rate before or after tax; `txsim check` asks where it matters",
        exclude_if=unstated,
    )
