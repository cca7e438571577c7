"""The reference patient: knowledge distillation of causal language models."""
