"""Pure rules of the catalog: product life cycle, options, slugs and the SKU generator."""
