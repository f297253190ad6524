"""The ground: roads with their limits and closures, and travel between places."""
