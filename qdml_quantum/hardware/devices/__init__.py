"""What a device is: its gates, its noise, its calibration, and where qubits lie on it."""
