"""What the fund and the chains share."""
