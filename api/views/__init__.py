"""Routes: find the thing or answer 404, parse, call one service or query, respond."""
