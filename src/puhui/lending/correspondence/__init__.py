"""What goes out to borrowers and what comes in from the bank: papers, messages, statements and their queue."""
