"""One file a page: promises that a view reads, shows, and decides nothing; refuses business rules."""
