"""The Hamiltonian, schedules, the recipe of a product formula, and NumPy that follows it."""
