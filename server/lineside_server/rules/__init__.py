"""The rules: each looks at a run's series as they grow and says where they breach what is due."""
