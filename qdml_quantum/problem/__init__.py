"""A problem on a grid: points, values, states, and the order of the bits."""
