"""What of the documentation is made when it is built, from code and measured numbers."""
