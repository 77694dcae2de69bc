"""Chinese text: one script (`script`), what it sounds like (`syllables`), spoken numbers (`numerals`)."""
