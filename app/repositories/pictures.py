"""The picture of a piece: its SKU's own, else its product's; in SQL."""


def picture(product: str, sku: str) -> str:
    """The address of the first picture, by expressions for the ids of a product and its SKU."""
    return f"""(SELECT pic.url FROM media pic
        WHERE pic.spu_id = {product} AND pic.kind = 'image'
          AND (pic.sku_id IS NULL OR pic.sku_id = {sku})
        ORDER BY pic.sku_id NULLS LAST, pic.position, pic.id LIMIT 1)"""
