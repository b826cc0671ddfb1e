"""What the counts of a device say, and how sure they are."""
