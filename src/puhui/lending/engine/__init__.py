"""The engine of schedules: due dates, day counts, interest and payments as pure values; it knows of no book."""
