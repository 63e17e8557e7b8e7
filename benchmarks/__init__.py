"""What feedlift costs, as commands that anyone can run."""
