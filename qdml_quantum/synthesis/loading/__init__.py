"""Short circuits that load a state: staircases of CX fitted to it, then thinned out."""
