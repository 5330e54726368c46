"""What runs in the template process and in the workers that it forks. Nothing here is imported by users."""
