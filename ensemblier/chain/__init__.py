"""The chains: what they grow, move, hand out, share and invoice, day by day."""
