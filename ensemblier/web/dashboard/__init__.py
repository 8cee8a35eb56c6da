"""One screen per role: what waits for you, then figures."""
