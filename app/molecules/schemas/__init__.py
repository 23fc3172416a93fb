"""What the molecule endpoints take and give: a file each."""
