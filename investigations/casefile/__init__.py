"""The case file: a bag that another party can check with public tools alone."""
