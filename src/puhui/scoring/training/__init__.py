"""Learning: everything that needs a training library. Serving never imports this drawer."""
