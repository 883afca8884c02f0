"""Dividing data without parts into what is trained on and what is measured on."""
