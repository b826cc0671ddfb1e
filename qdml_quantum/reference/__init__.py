"""Classical references: imaginary time, exact spectra, walkers, the equations of the paper."""
