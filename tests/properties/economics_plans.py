"""Random plans for properties: any drivers within bounds, as values and as TOML."""

from decimal import Decimal

from hypothesis import strategies as st

PRICES = st.integers(1, 90_000).map(lambda n: Decimal(n) / 10_000)
AMOUNTS = st.integers(0, 2_000_000).map(lambda n: Decimal(n) / 100)
PERCENTS = st.integers(0, 10_000).map(lambda n: Decimal(n) / 100)
MONTHS = st.integers(0, 59).map(lambda n: f"{2027 + (n + 3) // 12}-{(n + 3) % 12 + 1:02}")


@st.composite
def spans(draw):
    if draw(st.booleans()):
        return {}
    first, last = sorted([draw(MONTHS), draw(MONTHS)])
    return {"first": first, "last": last}


@st.composite
def some_volumes(draw):
    """A seasonal one, and what derives from it."""
    volumes = [
        {
            "id": "v0",
            "yearly": draw(st.integers(0, 10**7)) / Decimal(1000),
            "season": draw(st.lists(st.integers(0, 9), min_size=12, max_size=12).filter(any)),
            "growth": draw(st.integers(-2000, 3000)) / Decimal(100),
            **draw(spans()),
        }
    ]
    for rank in range(1, draw(st.integers(1, 3))):
        volumes.append(
            {
                "id": f"v{rank}",
                "of": f"v{draw(st.integers(0, rank - 1))}",
                "rate": draw(st.integers(1, 3_000_000)) / Decimal(10**6),
                "loss": draw(PERCENTS),
                "yield": draw(PERCENTS),
            }
        )
    return volumes


@st.composite
def any_plan(draw):
    """Values of a plan that begins in April 2027."""
    volumes = draw(some_volumes())
    names = st.sampled_from([volume["id"] for volume in volumes])
    return {
        "name": "au hasard",
        "start": "2027-04",
        "opening_cash": draw(AMOUNTS),
        "inflation": draw(st.integers(-300, 900)) / Decimal(100),
        "wage_rise": draw(st.integers(0, 500)) / Decimal(100),
        "food_rise": draw(st.integers(0, 900)) / Decimal(100),
        "volume": volumes,
        **draw(some_work(names)),
        **draw(some_money(names)),
    }


@st.composite
def some_work(draw, names):
    """Sales, costs, rounds and posts."""
    return {
        "sale": [
            {"id": "s", "volume": draw(names), "price": draw(PRICES), "share": draw(PERCENTS)}
            | {"delay": draw(st.integers(0, 3)), "index": "food"}
        ],
        "cost": [
            {"id": "c0", "kind": "food", "volume": draw(names), "price": draw(PRICES)},
            {"id": "c1", "kind": "premises", "yearly": draw(AMOUNTS), **draw(spans())},
            {"id": "c2", "kind": "tax", "once": draw(AMOUNTS), **draw(spans())},
        ],
        "round": [
            {"id": "r0", "km": 30, "price": draw(PRICES), "yearly": draw(st.integers(1, 300))},
            {"id": "r1", "km": Decimal("12.5"), "price": draw(PRICES)}
            | {"volume": draw(names), "load": draw(st.integers(1, 900))},
        ],
        "post": [
            {"id": "p0", "monthly": draw(AMOUNTS), "number": Decimal("1.4"), "aid": "ACI"}
            | {"hours": 26, "absence": draw(PERCENTS), "replaced": draw(PERCENTS), **draw(spans())},
            {"id": "p1", "monthly": draw(AMOUNTS), "volume": draw(names), "capacity": 400}
            | {"turnover": draw(PERCENTS), "hiring": draw(AMOUNTS), "aid": "EI"}
            | {"training": draw(st.integers(0, 90)), "absence": draw(st.integers(0, 90))},
        ],
    }


@st.composite
def some_money(draw, names):
    """Equipment, gifts in kind and resources."""
    return {
        "equipment": [
            {"id": "e", "price": 9000, "life": draw(st.integers(1, 120)), **draw(spans())}
            | {"loan": draw(st.integers(1, 900_000)) / Decimal(100)}
            | {"rate": draw(st.integers(0, 1200)) / Decimal(100), "term": draw(st.integers(1, 90))}
        ],
        "in_kind": [
            {"id": "k0", "hours": draw(st.integers(1, 90)), "price": draw(PRICES)},
            {"id": "k1", "volume": draw(names), "price": draw(PRICES)}
            | {"charge": "860", "resource": "875"},
        ],
        "resource": [
            {"id": "g0", "payer": "A", "yearly": draw(AMOUNTS), "delay": draw(st.integers(0, 24))}
            | draw(spans()),
            {"id": "g1", "payer": "B", "code": "758", "yearly": draw(AMOUNTS)}
            | {"payment": "monthly", "certainty": "firm"},
            {"id": "g2", "payer": "A", "volume": draw(names), "price": draw(PRICES)},
            {"id": "g3", "payer": "C", "once": draw(AMOUNTS), "spread": draw(st.integers(1, 90))}
            | draw(spans()),
        ],
    }
