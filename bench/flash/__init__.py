"""A flash sale: everybody at once for a few pieces, and what one hot SKU costs in throughput."""
