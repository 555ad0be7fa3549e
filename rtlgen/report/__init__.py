"""Records to tables, JSON and pages."""
