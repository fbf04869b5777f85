"""What invigilators say to candidates while a sitting runs."""
