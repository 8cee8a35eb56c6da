"""Settings, addresses, and the pages that look at several concepts at once."""
