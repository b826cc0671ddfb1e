"""The lab: one page, without network, in which a class sees and plays an anneal."""
