"""What Puhui fetches by itself: from services and databases by the clock, and from watched folders."""
