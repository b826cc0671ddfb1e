"""Jobs on devices: the ledger, sending, fetching, and what carries them."""
