"""What the tests stand on: clusters, worker processes, browsers."""
