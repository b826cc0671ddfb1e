"""What every room uses: messages, checks as values, text, files, versions."""
