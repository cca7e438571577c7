"""The fault lab: small real runs, healthy and with each fault, recorded as the service would have got them."""
