"""Ways to a schedule: adiabatic, optimised, trained, suggested, and the published protocol."""
