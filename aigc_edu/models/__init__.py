"""The models of the course, a folder or a file each (floor 3)."""
