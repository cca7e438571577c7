"""What viewers see as it happens: pure frames, and the hub that hands them out."""
