"""Cart: what a shopper means to buy, guest or member."""
