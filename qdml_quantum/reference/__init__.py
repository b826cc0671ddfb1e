"""Classical references: the recipe in NumPy, imaginary time, exact spectra."""
