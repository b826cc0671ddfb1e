"""Plans for devices: costs, forecasts, mitigation, and what fits."""
