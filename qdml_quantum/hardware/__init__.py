"""Runs on devices: know the cost before, lose nothing during, believe only the data after."""
