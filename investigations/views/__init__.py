"""Pages of the desk: load and authorise, parse, call one service or query, respond."""
