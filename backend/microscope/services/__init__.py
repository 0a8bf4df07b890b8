"""What a user can do: each class takes the lab, and returns messages of the wire."""
