"""Laws of the SKU generator."""

from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from app.services.catalog.engine.matrix import Matrix, PriceSpec, WeightSpec
from app.services.catalog.engine.options import Axis, Value, option_key
from app.services.catalog.engine.plan import Existing, plan
from app.services.catalog.engine.rules import Rules
from app.services.catalog.engine.template import Template

LIST = uuid4()


@st.composite
def matrices(draw) -> Matrix:
    counts = draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    axes = [
        Axis(f"a{n}", f"Axis {n}", tuple(Value(f"v{i}", f"V{i}") for i in range(count)))
        for n, count in enumerate(counts)
    ]

    def rule():
        return st.dictionaries(
            st.sampled_from([axis.code for axis in axes]), st.just(frozenset()), min_size=1
        ).flatmap(
            lambda keys: st.fixed_dictionaries(
                {
                    code: st.frozensets(
                        st.sampled_from(sorted(next(a for a in axes if a.code == code).codes)),
                        min_size=1,
                    )
                    for code in keys
                }
            )
        )

    rules = Rules(
        draw(st.lists(rule(), max_size=2)),
        draw(st.lists(rule(), max_size=2)),
    )
    deltas = {axis.code: {"v0": draw(st.integers(-5, 50))} for axis in axes}
    names = [axis.code for axis in axes]
    parts = ["spu", *names]
    return Matrix(
        product_code="P",
        product_name="Product",
        axes=axes,
        rules=rules,
        code=Template.parse("-".join(f"{{{each}}}" for each in parts), known=parts),
        name=Template.parse("{name}", known=["name", *names]),
        weight=WeightSpec(100, deltas),
        prices=[PriceSpec(LIST, 1_000, deltas)],
    )


def made(matrix: Matrix) -> list[Existing]:
    return [
        Existing(
            id=uuid4(),
            key=cell.key,
            code=cell.code,
            name=cell.name,
            barcode=None,
            weight_grams=cell.weight_grams,
            is_active=True,
            prices=dict(cell.prices),
        )
        for cell in matrix.cells()
    ]


def compare(matrix: Matrix, existing: list[Existing]):
    return plan(matrix.cells(), existing, taken_codes=(), barcodes=None, taken_barcodes=())


@given(matrices())
def test_cells_are_the_allowed_combinations_each_once(matrix):
    cells = matrix.cells()
    assert len({cell.key for cell in cells}) == len(cells)
    assert len({cell.code for cell in cells}) == len(cells)
    assert all(matrix.rules.allow(cell.options) for cell in cells)
    assert all(cell.key == option_key(cell.options) for cell in cells)
    whole = Matrix(
        **{name: getattr(matrix, name) for name in Matrix.__slots__} | {"rules": Rules()}
    ).cells()
    left_out = {cell.key for cell in whole} - {cell.key for cell in cells}
    assert not any(matrix.rules.allow(cell.options) for cell in whole if cell.key in left_out)


@given(matrices())
def test_a_run_repeated_changes_nothing(matrix):
    again = compare(matrix, made(matrix))
    assert [again.create, again.update, again.surplus, again.conflicts] == [[], [], [], []]
    assert len(again.unchanged) == len(matrix.cells())


@given(matrices(), st.data())
def test_every_cell_has_exactly_one_verdict(matrix, data):
    existing = [sku for sku in made(matrix) if data.draw(st.booleans())]
    found = compare(matrix, existing)
    keys = (
        [each.cell.key for each in found.create]
        + [each.cell.key for each in found.update]
        + [sku.key for sku in found.unchanged]
        + [each.cell.key for each in found.conflicts]
    )
    assert sorted(keys) == sorted(cell.key for cell in matrix.cells())


@given(matrices())
def test_prices_are_base_and_deltas(matrix):
    (spec,) = matrix.prices
    for cell in matrix.cells():
        added = sum(spec.deltas[axis].get(value, 0) for axis, value in cell.options.items())
        assert cell.prices[LIST] == spec.base_minor + added
