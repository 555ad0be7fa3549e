"""Training corpora and benchmark files made from repositories."""
