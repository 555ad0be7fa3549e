"""Files shipped with rtlgen: the default model, its ranker, their cards."""
