"""One run as pure functions: reduced tables in, a frozen Analysis out; gate, campaigns, leads, ranking and reach on the way."""
