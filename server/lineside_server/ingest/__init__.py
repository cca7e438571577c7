"""From the body of a request to a batch of checked points and events."""
