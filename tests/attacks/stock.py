"""What is tried to sell a piece twice or to lose one."""

from tests.attacks.row import Row

STOCK = (
    Row("S1", "More buyers at once than pieces"),
    Row("S2", "One SKU in two lines; a kit beside its own component"),
    Row("S3", "A process dies with goods held"),
    Row("S4", "A payment comes after its goods were let go"),
    Row("S5", "Two sweepers free the same goods"),
    Row("S6", "Cancelling and shipping at once"),
    Row("S7", "More is shipped than is held, or twice"),
    Row("S8", "More comes back than was sent; a return and a refund at once"),
    Row("S9", "Stock is set below what is promised"),
    Row("S10", "Stock is counted while it sells"),
    Row("S11", "Transfers there and back at once; an order from two warehouses"),
    Row("S12", "The last pieces are held by orders nobody pays"),
    Row("S13", "One SKU in lines with other options"),
    Row("S14", "Goods come in parts, too many or fewer than none"),
)
