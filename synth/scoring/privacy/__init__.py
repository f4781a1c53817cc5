"""What attackers who hold the synthetic file learn about who was in train; one attack a file."""
